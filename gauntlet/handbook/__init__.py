"""Reference pages made from the tables and models, so that they cannot tell anything else than the code does."""

"""An honest EHR gateway that passes every check, and the defects that do not."""

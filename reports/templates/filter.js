(function () {
  "use strict";
  var root = document.documentElement;
  var form = document.querySelector("form.filter");
  var field = document.getElementById("find");
  var count = form.querySelector("output");
  var items = Array.from(document.querySelectorAll("[data-find]"));
  var texts = items.map(function (item) { return item.dataset.find.toLowerCase(); });

  function unfold(element) {
    for (; element; element = element.parentElement) {
      if (element.tagName === "DETAILS") { element.open = true; }
    }
  }
  function narrow() {
    var words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    var left = 0;
    items.forEach(function (item, place) {
      var fits = words.every(function (word) { return texts[place].includes(word); });
      item.hidden = !fits;
      left += fits ? 1 : 0;
      if (fits && words.length && item.tagName === "TR") { unfold(item.parentElement); }
    });
    count.textContent = words.length ? left + " of " + items.length + " shown" : "";
  }
  function follow() {
    var wanted = decodeURIComponent(location.hash.slice(1));
    if (wanted.startsWith("find=")) { field.value = wanted.slice(5); narrow(); return; }
    var target = document.getElementById(wanted);
    if (target) { unfold(target); target.scrollIntoView(); }
  }

  field.addEventListener("input", narrow);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  window.addEventListener("hashchange", follow);
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("#failed > details, #unclear > details, #waived > details").forEach(function (item) {
      item.open = true;
    });
  });
  form.hidden = false;
  root.dataset.ready = "true";
  if (location.hash) { follow(); }
})();

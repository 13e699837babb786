// What htmx cannot do on the desk: ask anew while somebody looks, keep what was opened open, and
// move through a list by keyboard. Every page reads and works without this file.
(function () {
  "use strict";

  // A region with data-fresh="5" is asked for every 5 s, while the page is seen and nobody is
  // reading it by keyboard: focus is never pulled away from under a hand.
  var asked = new WeakMap();
  function refresh() {
    if (document.hidden || !window.htmx) { return; }
    document.querySelectorAll("[data-fresh]").forEach(function (region) {
      var since = asked.get(region) || performance.now();
      asked.set(region, since);
      if (performance.now() - since < Number(region.dataset.fresh) * 1000) { return; }
      if (region.querySelector(":focus-visible")) { return; }
      asked.set(region, performance.now());
      window.htmx.trigger(region, "fresh");
    });
  }
  setInterval(refresh, 1000);

  var opened = [];
  document.addEventListener("htmx:beforeSwap", function (event) {
    opened = Array.prototype.map.call(event.detail.target.querySelectorAll("details[open][id]"), function (one) {
      return one.id;
    });
  });
  document.addEventListener("htmx:afterSettle", function () {
    opened.forEach(function (id) {
      var one = document.getElementById(id);
      if (one) { one.open = true; }
    });
  });

  // "/" goes to the search, arrows move through a list once one is in it.
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    var typing = event.target.closest("input, textarea, select");
    if (event.key === "/" && !typing) {
      var search = document.querySelector("input[type=search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
      return;
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") { return; }
    var links = Array.prototype.slice.call(document.querySelectorAll("[data-lines] .line-title"));
    var at = links.indexOf(document.activeElement);
    var fromSearch = event.target.type === "search" && event.key === "ArrowDown";
    if (!links.length || (at < 0 && !fromSearch)) { return; }
    event.preventDefault();
    var next = links[Math.max(0, at + (event.key === "ArrowDown" ? 1 : -1))];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
  });

  // The sheet of further places closes when one taps beside it.
  document.addEventListener("click", function (event) {
    var more = document.getElementById("thumb-more");
    if (more && more.open && !more.contains(event.target)) { more.open = false; }
  });
})();

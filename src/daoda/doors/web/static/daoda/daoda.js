// What htmx cannot do: copy, step a number, count down, and keep an order page fresh where
// server-sent events are cut. Every page reads well without this file.
(function () {
  "use strict";
  var page = document.documentElement;
  page.classList.add("scripted");

  var served = Date.parse(page.dataset.now || "");
  var ahead = served ? served - Date.now() : 0;
  function now() { return Date.now() + ahead; }

  // The reader's zone goes to the server once, so that its pages speak in it.
  try {
    var zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone && document.cookie.indexOf("zone=" + encodeURIComponent(zone)) < 0) {
      document.cookie = "zone=" + encodeURIComponent(zone) +
        ";path=/;max-age=31536000;samesite=lax" + (location.protocol === "https:" ? ";secure" : "");
    }
  } catch (error) { /* an old browser reads times in the shop's zone */ }

  function copy(text, done) {
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(text).then(done, function () { copyOld(text, done); });
    } else { copyOld(text, done); }
  }

  function copyOld(text, done) {
    var area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.appendChild(area);
    area.select();
    if (document.execCommand("copy")) { done(); }
    area.remove();
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy], [data-copy-all], [data-step]");
    if (!button) { return; }
    var place = button.dataset.copy ? "#" + button.dataset.copy : button.dataset.copyAll;
    if (place) {
      var words = button.textContent;
      var texts = Array.prototype.map.call(document.querySelectorAll(place), function (one) {
        return one.textContent;
      });
      copy(texts.join("\n"), function () {
        button.textContent = button.dataset.done;
        setTimeout(function () { button.textContent = words; }, 2000);
      });
    } else {
      var input = document.getElementById(button.dataset.for);
      var wanted = (parseInt(input.value, 10) || 1) + Number(button.dataset.step);
      input.value = Math.max(Number(input.min || 1), Math.min(Number(input.max || wanted), wanted));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });

  function count() {
    document.querySelectorAll("[data-until]").forEach(function (place) {
      var seconds = Math.ceil((Date.parse(place.dataset.until) - now()) / 1000);
      place.hidden = seconds > 3600 || seconds < 1;
      if (place.hidden) { return; }
      var words = seconds >= 60 ? place.dataset.minutes : place.dataset.seconds;
      place.textContent = words.replace("[n]", seconds >= 60 ? Math.round(seconds / 60) : seconds);
    });
  }
  count();
  setInterval(count, 1000);

  // An open order: events when they come, a question every 5 s when they do not, and one every
  // 30 s all the same, because some proxies hold a stream open and pass nothing on.
  var streaming = false;
  var asked = now();

  function show() {
    var words = document.querySelector("[data-live-words]");
    if (!words) { return; }
    words.textContent = streaming ? words.dataset.on : words.dataset.off;
    words.classList.toggle("live-streams", streaming);
  }

  function ask() {
    var order = document.querySelector("[data-live]");
    if (!order || !window.htmx || document.hidden) { return; }
    if (now() - asked < (streaming ? 30000 : 5000)) { return; }
    asked = now();
    window.htmx.trigger(order, "refresh");
  }

  document.addEventListener("htmx:sseOpen", function () { streaming = true; show(); });
  document.addEventListener("htmx:sseError", function () { streaming = false; show(); });
  document.addEventListener("htmx:sseClose", function () { streaming = false; show(); });
  setInterval(ask, 1000);
  show();

  // What a reader had opened stays open, and what is new is seen to be new.
  var opened = [];
  var state = null;
  document.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.target.id !== "order") { return; }
    state = event.detail.target.dataset.state;
    opened = Array.prototype.map.call(document.querySelectorAll("details[open][id]"), function (one) {
      return one.id;
    });
  });
  document.addEventListener("htmx:afterSettle", function () {
    opened.forEach(function (id) {
      var one = document.getElementById(id);
      if (one) { one.open = true; }
    });
    var order = document.getElementById("order");
    if (order && state && order.dataset.state !== state) {
      document.getElementById("now").classList.add("changed");
      state = order.dataset.state;
    }
    count();
    show();
    if (order && !order.hasAttribute("data-live")) { closeStream(order.closest("[sse-connect]")); }
  });

  // A closed order has no more to tell. The extension closes its stream on this event only.
  function closeStream(place) {
    if (place) { window.htmx.trigger(place, "htmx:beforeCleanupElement"); }
  }
})();

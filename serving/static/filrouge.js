// Within a list of learners, j and k move to the next and the one before. Every page works without this file.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !["j", "k"].includes(event.key)) return;
  if (event.target.closest("input:not([type=checkbox]), select, textarea")) return;
  const list = event.target.closest(".thread, .ticks");
  if (!list) return;
  const links = [...list.querySelectorAll("h3 a, tbody th a")];
  const here = links.findIndex((link) => link.closest("li, tr").contains(event.target));
  const next = links[here + (event.key === "j" ? 1 : -1)];
  if (next) next.focus();
});

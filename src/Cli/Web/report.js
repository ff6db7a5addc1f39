"use strict";
/* Draws the figures of a report: each is a legend, a place for charts, and their data as JSON. */
for (const figure of document.querySelectorAll(".figure")) {
  const [legend, place, data] = figure.children;
  const { names, panels } = JSON.parse(data.textContent);
  const colour = i => Charts.palette[i % Charts.palette.length];
  if (names.length > 1) legend.append(...names.map((name, i) => Charts.named(colour(i), name)));
  const height = place.classList.contains("small") ? 150 : 220;
  for (const panel of panels)
    new Charts.Chart(place, { ...panel, height }).set(panel.series.map(s => ({ ...s, colour: colour(s.colour) })));
}
// For programs that draw the whole page.
document.documentElement.dataset.height = document.documentElement.scrollHeight;

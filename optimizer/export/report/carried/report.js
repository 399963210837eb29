"use strict";
// Draws the chart; colours of its texts and lines are those of the page, see report.css.
(() => {
  const place = document.getElementById("trade-off");
  const { data, layout } = JSON.parse(document.getElementById("chart").textContent);
  const PRINTED = 660; // pixels: as wide as a printed page
  const clear = "rgba(0,0,0,0)";
  const font = { family: getComputedStyle(document.body).fontFamily, size: 12 };
  const axis = (given) => ({ ...given, automargin: true, fixedrange: false });
  // Below, a limit's line would be hidden where one of the grid lies on it.
  const above = (shape) => (shape.type === "line" ? { ...shape, layer: "above" } : shape);
  const drawn = {
    ...layout,
    shapes: (layout.shapes || []).map(above),
    xaxis: axis(layout.xaxis),
    yaxis: axis(layout.yaxis),
    font,
    height: 440,
    margin: { l: 8, r: 8, t: 8, b: 8 },
    paper_bgcolor: clear,
    plot_bgcolor: clear,
    showlegend: false,
    hoverlabel: { bgcolor: "#1b2430", bordercolor: "#1b2430", font: { ...font, color: "#ffffff" }, align: "left" },
  };
  Plotly.newPlot(place, data, drawn, { responsive: true, displayModeBar: false });
  addEventListener("beforeprint", () => Plotly.relayout(place, { width: PRINTED, autosize: false }));
  addEventListener("afterprint", () => Plotly.relayout(place, { width: null, autosize: true }));
})();

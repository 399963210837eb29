// Draws the layers of a plotly chart of the page around this frame into one picture, and saves it.
// No request is made: the file is a blob.
"use strict";

const asked = new URLSearchParams(location.search);
const name = asked.get("name") || "chart";
const dark = asked.get("theme") === "dark";
const SPACE = "http://www.w3.org/2000/svg";
const SHARP = 2; // pixels of the PNG for one of the page

document.body.classList.toggle("dark", dark);

function picture() {
  const key = CSS.escape(asked.get("chart") || "");
  const plot = parent.document.querySelector(`.st-key-${key} .js-plotly-plot`);
  if (!plot) return null;
  const { width, height } = plot.getBoundingClientRect();
  const whole = document.createElementNS(SPACE, "svg");
  whole.setAttribute("xmlns", SPACE);
  whole.setAttribute("width", width);
  whole.setAttribute("height", height);
  whole.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const ground = document.createElementNS(SPACE, "rect"); // the chart itself is clear
  ground.setAttribute("width", "100%");
  ground.setAttribute("height", "100%");
  ground.setAttribute("fill", dark ? "#12171d" : "#ffffff");
  whole.appendChild(ground);
  for (const layer of plot.querySelectorAll("svg.main-svg")) {
    const copy = document.importNode(layer, true);
    copy.style.background = "none";
    for (const part of copy.querySelectorAll(".drag, .hoverlayer")) part.remove();
    whole.appendChild(copy);
  }
  return { text: new XMLSerializer().serializeToString(whole), width, height };
}

function save(blob, ending) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${name}.${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function savePng({ text, width, height }) {
  const drawn = new Image();
  drawn.onload = () => {
    const canvas = document.createElement("canvas");
    canvas.width = width * SHARP;
    canvas.height = height * SHARP;
    canvas.getContext("2d").drawImage(drawn, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => save(blob, "png"), "image/png");
  };
  drawn.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
}

for (const button of document.querySelectorAll("button")) {
  button.onclick = () => {
    const found = picture();
    if (!found) return;
    if (button.dataset.format === "png") savePng(found);
    else save(new Blob([found.text], { type: "image/svg+xml" }), "svg");
  };
}

// Draws the diagrams of a page. Without a network their text stays as it is, and nothing else of the page suffers.
const diagrams = document.querySelectorAll("pre.diagram");
if (diagrams.length > 0) {
  const script = document.createElement("script");
  script.src = "https://unpkg.com/mermaid@11.17.2/dist/mermaid.min.js";
  script.integrity = "sha384-EOXBFmc3gx5mb+vn0vPvvGqACToJD24hhacX5Yx+8NUUQrHIle/Qi5Bg9o3zKwW2";
  script.crossOrigin = "anonymous";
  script.onload = () => {
    const dark = document.body.dataset.mdColorScheme === "slate";
    window.mermaid.initialize({ startOnLoad: false, theme: dark ? "dark" : "default" });
    for (const diagram of diagrams) {
      diagram.replaceChildren(diagram.textContent); // without the element for code around the text
    }
    window.mermaid.run({ nodes: diagrams });
  };
  document.head.append(script);
}

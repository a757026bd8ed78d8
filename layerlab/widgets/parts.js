// Parts that every widget shares: they draw what the model says, and know nothing of containers.

/** An element with attributes (`class`, `on…` handlers, anything else) and children; null children are left out. */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") node.style.cssText = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== false));
  return node;
}

const ICONS = {
  yes: "M3 8.5 6.5 12 13 4.5",
  no: "M4 4l8 8M12 4l-8 8",
  back: "M10.5 3 5 8l5.5 5",
  next: "M5.5 3 11 8l-5.5 5",
  pen: "M3 13l.8-3.2L11 2.6 13.4 5 6.2 12.2z",
  tape: "M3 3h10v10H3zM6 6h4M6 9h4",
  ask: "M8 12.5v.5M5.5 6a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8",
};

/** A drawn sign; whatever it means is also said in words beside it. */
function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "ico");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A length of time that a token names, in milliseconds; 0 where the reader asked for little motion. */
function duration(root, token) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return 0;
  const text = getComputedStyle(root).getPropertyValue(token).trim();
  return parseFloat(text) * (text.endsWith("ms") ? 1 : 1000);
}

/** Back, Next, Play and one dot per step. */
function timeLine(words, steps, at, playing, go, play) {
  const last = steps.length - 1;
  const state = (step) => (step < at ? "past" : step === at ? "now" : "todo");
  const dot = (step, index) =>
    el("li", { class: state(index) },
      el("button", { type: "button", "data-key": `step-${index}`, tabindex: index === at ? 0 : -1,
        "aria-current": index === at ? "step" : null, "aria-label": `${words.step} ${index + 1}: ${step}`, onclick: () => go(index) },
        el("code", {}, step)));
  const keys = { ArrowLeft: at - 1, ArrowUp: at - 1, ArrowRight: at + 1, ArrowDown: at + 1, Home: 0, End: last };
  const move = (event) => {
    const to = keys[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (to >= 0 && to <= last && to !== at) go(to, true);
  };
  return el("div", { class: "time", role: "group", "aria-label": `${words.timeline}, ${words.step} ${at + 1} / ${steps.length}`, onkeydown: move },
    el("div", { class: "keys" },
      el("button", { class: "btn", type: "button", "data-key": "back", "aria-disabled": at === 0, onclick: () => at > 0 && go(at - 1) }, icon("back"), words.back),
      el("button", { class: "btn main", type: "button", "data-key": "next", "aria-disabled": at === last, onclick: () => at < last && go(at + 1) }, words.next, icon("next")),
      el("button", { class: "btn", type: "button", "data-key": "play", "aria-pressed": String(playing), onclick: play }, playing ? words.pause : words.play)),
    el("ol", {}, steps.map(dot)));
}

const VERDICTS = { agrees: "yes", differs: "no", recorded: "tape", unchecked: "ask" };

/** Engine against kernel, in one strip. */
function kernelStrip(words, kernel, check) {
  return el("div", { class: `kernel ${kernel.state}`, role: "group", "aria-label": `${words.kernel}: ${words.states[kernel.state]}` },
    el("b", {}, icon(VERDICTS[kernel.state]), " ", kernel.title),
    kernel.facts.length ? el("dl", {}, kernel.facts.map(([what, how]) => el("div", {}, el("dt", {}, what), el("dd", {}, how)))) : null,
    kernel.note ? el("span", { class: "mute" }, kernel.note) : null,
    check ? el("button", { class: "btn", type: "button", "data-key": "twin", onclick: check }, words.check) : null);
}

/** The same as text; stays open or closed as the reader left it. */
function textTwin(words, text, open, toggled) {
  const twin = el("details", { class: "twin", open },
    el("summary", { "data-key": "twin-summary" }, words.twin),
    el("pre", { tabindex: 0, role: "region", "aria-label": words.twin }, text));
  twin.addEventListener("toggle", () => toggled(twin.open));
  return twin;
}

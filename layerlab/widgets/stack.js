// The stack: draws the model that `layerlab.view.stack` computed. Who answers, what hides what and every sentence
// come from there; here are only boxes, keys and motion.

/** One chip as a button: pressing it looks for its path. */
function chipButton(chip, path, key, look, picked, extra = "") {
  const plate = chip.look === "gone" ? null
    : el("b", { "aria-hidden": "true" }, chip.kind === "whiteout" ? icon("no") : chip.plate || icon("pen"));
  const kind = chip.kind === "whiteout" && chip.look !== "hidden" ? "white" : chip.look;
  return el("button", { type: "button", class: `chip h${chip.hue} ${kind} ${chip.kind} ${picked ? "picked" : ""} ${extra}`, "data-key": key,
    "data-chip": "", tabindex: -1, title: path, "aria-label": chip.spoken, onclick: () => look(path) },
    plate, el("span", {}, el("code", {}, chip.name), el("small", {}, chip.note)));
}

/** The table: heads, merged view, layers. `view` says which columns are drawn and how many rows the probe has asked. */
function table(model, words, view, look) {
  const shown = model.columns.map((column, at) => ({ ...column, at })).filter((column) => !(view.narrow && column.fold));
  const place = new Map(shown.map((column, index) => [column.at, index + 3]));
  const asked = model.search ? model.search.rows.slice(0, view.asked) : [];
  const tracks = shown.map((column) => `minmax(0, ${column.at === model.search?.column ? 1.13 : 1}fr)`).join(" ");
  const rows = [heads(model, words, shown)];
  model.rows.forEach((row, at) => rows.push(slab(model, row, at, shown, place, asked, view, look)));
  return el("div", { class: "stack", role: "table", "aria-label": words.table, style: `--tracks: ${tracks}` }, rows);
}

/** Folder names over their columns; siblings that are not drawn are counted. */
function heads(model, words, shown) {
  const groups = [];
  for (const column of shown) {
    if (groups.at(-1)?.folder === column.folder) groups.at(-1).span += 1;
    else groups.push({ folder: column.folder, span: 1, more: column.more });
  }
  const search = model.search;
  return el("div", { class: "row heads", role: "row" },
    el("div", { role: "columnheader", style: "grid-column: 1 / 3" }, el("span", { class: "sr" }, words.layer)),
    groups.map((group) => el("div", { role: "columnheader", "aria-colspan": group.span, style: `grid-column: span ${group.span}` },
      group.more ? el("small", {}, words.more.replace("{}", group.more)) : null, el("code", {}, group.folder))),
    search ? el("div", { role: "columnheader", class: "verdict" }, search.title, " ", el("code", {}, breakable(search.path)))
      : el("div", { role: "columnheader", class: "verdict mute" }, words.pick));
}

/** One layer, or the merged view. */
function slab(model, row, at, shown, place, asked, view, look) {
  const search = model.search;
  const inSearch = search && (row.key === "merged" || asked.includes(at));
  const fold = row.key.startsWith("fold");
  const lids = row.lids.map((lid) => coverage(lid, shown, place)).filter((lid) => lid.span);
  const bare = (lid) => shown.filter((c) => c.at >= lid.first && c.at <= lid.last).every((c) => empty(row.cells[c.at]));
  const covered = new Set();
  for (const lid of lids) {
    lid.under = !bare(lid);
    if (!lid.under) for (let c = lid.first; c <= lid.last; c += 1) covered.add(c);
  }
  const cells = shown.filter((column) => !covered.has(column.at)).map((column) =>
    cell(model, row, at, column, place.get(column.at), inSearch && search.column === column.at, look));
  const hatch = row.hatch ? `p${row.hatch}` : "";
  const look_of = row.key === "merged" ? "merged" : fold ? "folded" : `h${row.hue} ${hatch}`;
  return el("div", { class: `row slab ${look_of} ${lids.some((lid) => lid.under) ? "lidded" : ""}`, role: "row", "data-row": row.key },
    row.key === "merged" || fold ? null : el("div", { class: "spine", "aria-hidden": "true" }, row.key === "container" ? icon("pen") : el("b", {}, row.plate)),
    title(row, lids.filter((lid) => lid.under)),
    cells,
    lids.map((lid) => lidCell(lid, row, search && inSearch ? search.column : -1)),
    inSearch ? probe(search, asked, at, row, place.get(search.column)) : null,
    verdict(model, row, at, asked, inSearch));
}

/** An instruction whose options stay whole: a line never ends between the dash and its letter. */
const whole = (text) => text.split(" ").flatMap((word, at) => [at ? " " : "", word.startsWith("-") ? el("span", { class: "nw" }, word) : word]);

/** A path that may be broken after each slash. */
const breakable = (path) => path.split("/").flatMap((name, at) => (at ? ["/", el("wbr"), name] : [name]));

const empty = (cell) => !cell.chip && !(cell.was && cell.was.chip);

/** The drawn columns of a lid. */
function coverage(lid, shown, place) {
  const under = shown.filter((column) => column.at >= lid.first && column.at <= lid.last);
  return { ...lid, span: under.length, start: under.length ? place.get(under[0].at) : 0 };
}

function title(row, lids) {
  const spoken = lids.map((lid) => `, ${lid.title}, ${lid.note}`).join("");
  const strong = row.key === "merged" || row.key === "container";
  const name = row.key === "merged" ? row.name : strong ? el("b", {}, row.name) : row.plate ? el("code", {}, whole(row.name)) : row.name;
  return el("div", { role: "rowheader", class: "name", title: row.plate ? row.name : null },
    el("span", { class: "sr" }, row.spoken + spoken),
    el("span", { "aria-hidden": "true" }, name, row.note ? el("small", {}, row.note) : null));
}

/** A cell; where the step changed it, it is there as it was and as it is, and one of the two is displayed. */
function cell(model, row, at, column, place, probed, look) {
  const data = row.cells[column.at];
  const key = (when) => `chip-${row.key}-${column.path}-${when}`;
  const picked = model.search?.column === column.at && model.search.path === column.path;
  const chip = (one, when) => one.chip && chipButton(one.chip, column.path, key(when), look, picked && row.key === "merged");
  const lift = model.lift;
  const target = lift && lift.column === column.at && lift.target === at;
  const kids = data.was
    ? [el("div", { class: `was ${target ? "replaced" : ""}` }, chip(data.was, "now")), target && data.chip ? ghost(data.chip, lift) : null, el("div", { class: "is" }, chip(data, "now"))]
    : [chip(data, "now")];
  const dark = data.shade && (!data.was || data.was.shade) ? "dk" : data.shade ? "dk-now" : data.was?.shade ? "dk-was" : "";
  return el("div", { role: "cell", class: `cell ${probed ? "probed" : ""} ${dark}`, "data-cell": `${row.key} ${column.path}`, style: `grid-column: ${place}` }, kids);
}

/** The copy while it fills. */
function ghost(chip, lift) {
  return el("div", { class: "ghostly" },
    el("div", { class: "chip ghost h0" }, el("b", {}, icon("pen")), el("span", {}, el("code", {}, chip.name), el("small", {}, lift.progress))));
}

function lidCell(lid, row, searched) {
  const inside = searched >= lid.first && searched <= lid.last;
  const share = inside ? (searched - lid.first) / (lid.last - lid.first + 1) : 0;
  const room = !inside || lid.under ? "" : share ? `max-width: ${100 * share}%` : "padding-left: calc(var(--u) * .9)";
  return el("div", { role: lid.under ? null : "cell", "aria-hidden": lid.under ? "true" : null, "aria-colspan": lid.under ? null : lid.span,
    class: `lidcell ${lid.under ? "under" : ""}`, style: `grid-column: ${lid.start} / span ${lid.span}` },
    el("div", { class: `lid ${lid.kind}` }, el("div", { style: room }, el("code", {}, lid.title), el("small", {}, lid.note))));
}

/** The look-up's line and dot in one row. */
function probe(search, asked, at, row, place) {
  const nth = row.key === "merged" ? 0 : asked.indexOf(at) + 1;
  const last = nth === asked.length ? "last" : "";
  if (place === undefined) return null;
  if (row.key === "merged") return el("i", { class: "probe from", "aria-hidden": "true", style: `grid-column: ${place}; --nth: 0` }, el("i", { class: "dot found" }));
  return el("i", { class: `probe ${last}`, "aria-hidden": "true", style: `grid-column: ${place}; --nth: ${nth}` }, el("i", { class: `dot ${row.asked}` }));
}

function verdict(model, row, at, asked, inSearch) {
  if (!model.search) return el("div", { role: "cell", class: "verdict" });
  const whole = asked.length === model.search.rows.length;
  if (row.key === "merged") return el("div", { role: "cell", class: "verdict" }, whole ? row.verdict : "…");
  if (!inSearch) return el("div", { role: "cell", class: "verdict mute" }, whole || !row.asked ? (row.asked ? "" : row.verdict) : "");
  return el("div", { role: "cell", class: `verdict ${row.asked}` }, el("i", { class: `dot ${row.asked}`, "aria-hidden": "true" }), row.verdict);
}

/** The arrow of a copy-up, from chip to chip, wherever the rows came to lie. */
function placeLift(root, model) {
  const arrow = root.querySelector(".lift");
  if (!arrow) return;
  const stack = root.querySelector(".stack").getBoundingClientRect();
  const find = (at) => root.querySelector(`[data-cell="${CSS.escape(`${model.rows[at].key} ${model.columns[model.lift.column].path}`)}"]`);
  const [above, below] = [find(model.lift.target), find(model.lift.source)];
  arrow.hidden = !above || !below;
  if (arrow.hidden) return;
  const box = (cell) => [...cell.querySelectorAll(".chip")].find((chip) => chip.offsetParent)?.getBoundingClientRect() ?? cell.getBoundingClientRect();
  const [top, bottom] = [box(above).bottom, box(below).top];
  const middle = (box(below).left + box(below).right) / 2;
  arrow.style.cssText = `left: ${middle - stack.left}px; top: ${top - stack.top}px; height: ${Math.max(0, bottom - top)}px`;
  arrow.classList.toggle("short", bottom - top < 44);
}

/** Roving focus: one stop in the table, arrows go to the next chip in that direction. */
function rove(root, event) {
  const chip = event.target.closest?.("[data-chip]");
  if (!chip || event.altKey || event.ctrlKey || event.metaKey) return;
  const chips = [...root.querySelectorAll("[data-chip]")].filter((one) => one.offsetParent);
  const box = (one) => one.getBoundingClientRect();
  const here = box(chip);
  const same = (one) => Math.abs(box(one).top - here.top) < here.height;
  const column = (one) => Math.abs(box(one).left - here.left) < here.width / 2;
  const row = chips.filter(same);
  const above = chips.filter((one) => column(one) && box(one).top < here.top - 4);
  const below = chips.filter((one) => column(one) && box(one).top > here.top + 4);
  const to = { ArrowLeft: row[row.indexOf(chip) - 1], ArrowRight: row[row.indexOf(chip) + 1], ArrowUp: above.at(-1), ArrowDown: below[0], Home: row[0], End: row.at(-1) };
  if (!(event.key in to)) return;
  event.preventDefault();
  to[event.key]?.focus();
}

/** The command line and its shorthands, and the look-up with its scrubber. */
function hands(model, words, view, send, scrub) {
  const path = model.search?.path ?? model.columns[0]?.path ?? "/";
  const line = el("input", { id: `${view.id}-line`, name: "line", autocomplete: "off", spellcheck: "false", "data-key": "line", placeholder: `rm ${path}` });
  line.value = view.line;
  line.oninput = () => { view.line = line.value; };
  const run = (event) => { event.preventDefault(); if (line.value.trim()) send({ do: line.value }); };
  const fill = (pattern) => { view.line = line.value = pattern.replaceAll("{}", path); line.focus(); };
  const wanted = el("input", { id: `${view.id}-path`, name: "path", autocomplete: "off", spellcheck: "false", "data-key": "path", list: `${view.id}-paths` });
  wanted.value = model.search?.path ?? "";
  const steps = model.search?.rows.length ?? 0;
  return el("div", { class: "hands" },
    model.writable ? el("form", { onsubmit: run }, el("label", { for: line.id }, words.line), line,
      el("button", { class: "btn main", "data-key": "run" }, words.run),
      el("button", { class: "btn", type: "button", "data-key": "undo", "aria-disabled": model.at === 0, onclick: () => model.at && send({ undo: true }) }, words.undo),
      el("div", { class: "more", role: "group", "aria-label": words.shorthands }, words.moves.map((move) =>
        el("button", { class: "btn", type: "button", "data-key": `move-${move}`, title: move.replaceAll("{}", path), onclick: () => fill(move) }, move.split(" ")[0])))) : null,
    el("form", { onsubmit: (event) => { event.preventDefault(); send({ look: wanted.value }); } },
      el("label", { for: wanted.id }, words.look), wanted, el("datalist", { id: `${view.id}-paths` }, model.columns.map((column) => el("option", { value: column.path }))),
      el("button", { class: "btn", "data-key": "look" }, words.ask),
      steps ? el("div", { class: "more" }, el("label", { for: `${view.id}-asked` }, words.asked), range(model, view, steps, scrub)) : null));
}

/** The scrubber: how many layers have been asked. */
function range(model, view, steps, scrub) {
  const slider = el("input", { type: "range", id: `${view.id}-asked`, min: 0, max: steps, value: view.asked, "data-key": "asked",
    "aria-valuetext": view.asked ? model.search.spoken[view.asked - 1] : "0" });
  slider.value = view.asked;
  slider.oninput = () => scrub(Number(slider.value));
  return slider;
}

/** The parts of the step; pressing one shows the picture as it stood then. */
function phaseList(words, phases, frame, show) {
  const at = phases.findIndex((phase) => phase.key === frame);
  const state = (phase, index) => (frame === "act" ? (phase.costs ? "now-phase" : "") : index < at ? "" : index === at ? "now-phase" : "todo");
  return el("ol", { class: "phases", "aria-label": words.phases }, phases.map((phase, index) =>
    el("li", { class: state(phase, index) }, el("button", { type: "button", "data-key": `phase-${phase.key}`, "aria-current": index === at ? "step" : null, onclick: () => show(phase.key) },
      el("b", {}, phase.title), phase.costs ? el("span", { class: "hot num" }, phase.note) : el("small", {}, phase.note)))));
}

let count = 0;

function render({ model: state, el: host }) {
  const root = el("div", { class: "ll", role: "group", "data-lm-suppress-shortcuts": "true", tabindex: -1 });
  const status = el("p", { class: "sr", role: "status" });
  const alarm = el("div", { class: "alarm", role: "alert" });
  const body = el("div", { class: "ll-body" });
  root.append(alarm, body, status);
  host.append(root);
  const view = { id: `ll-${(count += 1)}`, narrow: false, asked: 99, frame: "act", playing: false, marching: false, open: false, line: "" };
  let timers = [];
  let shownAt = state.get("model").at;
  let refocus = null;

  const send = (message) => { halt(); state.send(message); };
  const later = (wait, act) => timers.push(setTimeout(act, wait));
  const halt = () => { timers.forEach(clearTimeout); timers = []; view.playing = false; };
  const stop = () => { halt(); view.marching = false; };
  const go = (at, keyboard) => { stop(); refocus = keyboard ? `step-${at}` : null; send({ go: at }); };
  const look = (path) => { stop(); send({ look: path }); };
  const show = (frame) => { stop(); view.frame = frame; draw(); };
  const scrub = (asked) => { stop(); view.asked = asked; draw(); };
  const march = () => {
    const model = state.get("model");
    if (view.marching) { stop(); draw(); return; }
    view.marching = true;
    send({ go: model.at === model.steps.length - 1 ? 0 : model.at + 1 });
  };

  /** The phases of the step one after the other, ending in the picture that tells it all. */
  function play() {
    const model = state.get("model");
    const times = { look: duration(root, "--stagger") * 2 * ((model.search?.rows.length ?? 0) + 2), parents: duration(root, "--d2") * 2,
      copy: duration(root, "--d3") * 2 + duration(root, "--d2") * 2, act: duration(root, "--d2") };
    const frames = model.phases.map((phase) => phase.key);
    const still = duration(root, "--d1") === 0;
    view.playing = !still;
    view.frame = still || !frames.length ? "act" : frames[0];
    let wait = 0;
    if (!still) frames.forEach((frame, index) => {
      if (index) later(wait, () => { view.frame = frame; draw(); });
      wait += times[frame];
    });
    later(wait, () => { view.playing = false; view.frame = "act"; draw(); if (view.marching) onward(); });
    draw();
  }

  /** Play goes on to the next step after a pause to read. */
  function onward() {
    const model = state.get("model");
    if (model.at === model.steps.length - 1) { view.marching = false; draw(); return; }
    later(Math.max(1200, duration(root, "--d3") * 3), () => state.send({ go: model.at + 1 }));
  }

  function draw() {
    const model = state.get("model");
    const words = state.get("words");
    const focused = refocus ?? (root.contains(document.activeElement) ? document.activeElement.dataset.key : null);
    refocus = null;
    const titleId = `${view.id}-title`;
    root.setAttribute("aria-labelledby", titleId);
    root.classList.toggle("projector", state.get("projector"));
    body.dataset.frame = view.frame;
    body.classList.toggle("playing", view.playing);
    const twin = body.querySelector(".twin pre")?.scrollLeft ?? 0;
    const lift = model.lift;
    const stack = table(model, words, view, look);
    if (lift) stack.append(el("div", { class: "lift", "aria-hidden": "true" }, el("span", {}, lift.label)));
    body.replaceChildren(
      el("div", { class: `top ${model.phases.length ? "" : "alone"}` },
        el("div", { class: "head" }, el("h2", { id: titleId }, model.headline),
          el("p", { class: "lede" }, model.lede, view.narrow && model.folded ? ` ${model.folded}` : "")),
        model.phases.length ? phaseList(words, model.phases, view.frame, show) : null),
      stack,
      model.steps.length > 1 ? timeLine(words, model.steps, model.at, view.marching, go, march) : "",
      hands(model, words, view, send, scrub),
      model.writable ? kernelStrip(words, model.kernel, model.at && model.kernel.state === "unchecked" ? () => send({ twin: true }) : null) : "",
      el("div", { class: "foot" }, textTwin(words, model.text, view.open, (open) => { view.open = open; }),
        el("button", { class: "btn beam", type: "button", "data-key": "projector", "aria-pressed": String(state.get("projector")), title: "Alt+P", onclick: project }, words.projector, el("kbd", {}, "Alt+P"))));
    const pre = body.querySelector(".twin pre");
    if (pre) pre.scrollLeft = twin;
    body.querySelectorAll(".dk-now, .dk-was").forEach((cell) => cell.classList.toggle("dk", cell.classList.contains(view.frame === "act" ? "dk-now" : "dk-was")));
    const chips = [...body.querySelectorAll("[data-chip]")].filter((chip) => chip.offsetParent);
    (chips.find((chip) => chip.dataset.key === focused) ?? chips.find((chip) => chip.classList.contains("picked")) ?? chips[0])?.setAttribute("tabindex", 0);
    if (focused) [...root.querySelectorAll("[data-key]")].find((one) => one.dataset.key === focused)?.focus({ preventScroll: true });
    placeLift(root, model);
  }

  /** A new picture: forward plays the step, back and look-ups do not. */
  function changed() {
    halt();
    const model = state.get("model");
    const forward = model.at === shownAt + 1 && !model.looking;
    shownAt = model.at;
    view.asked = model.search?.rows.length ?? 0;
    if (model.done) view.line = "";
    view.frame = "act";
    if (forward || (model.looking && model.search)) play(); else { draw(); if (view.marching) onward(); }
    status.textContent = model.status;
  }

  /** Large, and alone on the screen where the browser allows it. */
  function project() {
    const on = !state.get("projector");
    state.set("projector", on);
    state.save_changes();
    if (on) root.requestFullscreen?.().catch(() => {});
    else if (document.fullscreenElement === root) document.exitFullscreen();
  }
  let full = false;
  const unproject = () => {
    if (document.fullscreenElement === root) full = true;
    else if (full) { full = false; state.set("projector", false); state.save_changes(); }
  };

  const fail = () => { alarm.textContent = state.get("error"); };
  const keys = (event) => {
    if (event.altKey && event.code === "KeyP") { event.preventDefault(); project(); }
    rove(root, event);
    event.stopPropagation();
  };
  root.addEventListener("keydown", keys);
  root.addEventListener("focusin", (event) => {
    const chip = event.target.closest("[data-chip]");
    if (chip) root.querySelectorAll("[data-chip]").forEach((one) => one.setAttribute("tabindex", one === chip ? 0 : -1));
  });
  const measure = new ResizeObserver(() => {
    const narrow = root.clientWidth < 64 * parseFloat(getComputedStyle(root).fontSize);
    if (narrow !== view.narrow) { view.narrow = narrow; draw(); } else placeLift(root, state.get("model"));
  });
  const projected = () => { draw(); };
  root.addEventListener("fullscreenchange", unproject);
  state.on("change:model", changed);
  state.on("change:error", fail);
  state.on("change:projector", projected);
  view.narrow = host.clientWidth > 0 && host.clientWidth < 896;
  view.asked = state.get("model").search?.rows.length ?? 0;
  draw();
  fail();
  measure.observe(root);
  return () => { stop(); measure.disconnect(); state.off("change:model", changed); state.off("change:error", fail); state.off("change:projector", projected); };
}

export default { render };

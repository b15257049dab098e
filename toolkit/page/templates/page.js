(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const PAGE = 50;

  const el = (name, attributes, ...inside) => {
    const found = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === true) found.setAttribute(key, "");
      else if (value !== false && value !== null && value !== undefined) found.setAttribute(key, value);
    }
    found.append(...inside.filter((one) => one !== null && one !== undefined));
    return found;
  };

  /* A table of rows: columns say how a value is shown, compared and looked for. */
  const table = (place, {caption, columns, rows, filters, search, more, first}) => {
    const state = {sort: first, down: false, page: 0, text: "", chosen: {}};
    const body = el("tbody");
    const heads = columns.map((column, n) => {
      const button = el("button", {type: "button"}, column.name);
      const head = el("th", {scope: "col", class: column.number ? "r" : ""}, button);
      button.addEventListener("click", () => {
        state.down = state.sort === n ? !state.down : false;
        state.sort = n;
        state.page = 0;
        draw();
      });
      return head;
    });
    const count = el("output", {"aria-live": "polite"});
    const before = el("button", {type: "button"}, "Previous");
    const after = el("button", {type: "button"}, "Next");
    const where = el("span");
    before.addEventListener("click", () => { state.page -= 1; draw(); });
    after.addEventListener("click", () => { state.page += 1; draw(); });
    const box = el("input", {type: "search", placeholder: "text", "aria-label": "Filter by text"});
    box.addEventListener("input", () => { state.text = box.value.toLowerCase(); state.page = 0; draw(); });
    const tools = el("div", {class: "tools"}, el("label", {}, "Filter", box));
    for (const filter of filters) tools.append(filter.options ? choice(filter) : tick(filter));
    const order = el("select", {"aria-label": "Sort by"}, ...columns.map((one, n) => el("option", {value: n}, one.name)));
    order.addEventListener("change", () => { state.sort = Number(order.value); state.page = 0; draw(); });
    const turn = el("button", {type: "button"}, "Turn round");
    turn.addEventListener("click", () => { state.down = !state.down; state.page = 0; draw(); });
    tools.append(el("label", {class: "narrow"}, "Sort by", order), el("span", {class: "narrow"}, turn), count);

    function choice(filter) {
      const select = el("select", {"aria-label": `Only of one ${filter.name}`}, el("option", {value: ""}, "all"),
        ...filter.options.map((one) => el("option", {value: one}, one)));
      select.addEventListener("change", () => { state.chosen[filter.name] = select.value; state.page = 0; draw(); });
      return el("label", {}, filter.name, select);
    }
    function tick(filter) {
      const input = el("input", {type: "checkbox"});
      input.addEventListener("change", () => { state.chosen[filter.name] = input.checked ? "yes" : ""; state.page = 0; draw(); });
      return el("label", {class: "check"}, input, filter.name);
    }
    const compare = (a, b) => {
      if (a === b) return 0;
      if (a === null || a === undefined || a === "") return 1;
      if (b === null || b === undefined || b === "") return -1;
      const less = typeof a === "number" && typeof b === "number" ? a < b : String(a).localeCompare(String(b)) < 0;
      return (less ? -1 : 1) * (state.down ? -1 : 1);
    };
    const chosen = () => {
      const found = rows.filter((row) =>
        filters.every((one) => !state.chosen[one.name] || one.has(row, state.chosen[one.name])) &&
        (!state.text || search(row).toLowerCase().includes(state.text)));
      const value = columns[state.sort].value;
      return found.map((row, n) => [row, n]).sort((a, b) => compare(value(a[0]), value(b[0])) || a[1] - b[1]).map((one) => one[0]);
    };
    function draw() {
      const found = chosen();
      const pages = Math.max(1, Math.ceil(found.length / PAGE));
      state.page = Math.min(Math.max(0, state.page), pages - 1);
      heads.forEach((head, n) => head.setAttribute("aria-sort", n !== state.sort ? "none" : state.down ? "descending" : "ascending"));
      count.textContent = `${found.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")}`;
      where.textContent = `page ${state.page + 1} of ${pages}`;
      before.disabled = state.page === 0;
      after.disabled = state.page === pages - 1;
      body.replaceChildren(...found.slice(state.page * PAGE, (state.page + 1) * PAGE).map(line));
    }
    function line(row) {
      return el("tr", {}, ...columns.map((column, n) => {
        const shown = column.shown ? column.shown(row) : String(column.value(row) ?? "-");
        const kind = column.kind ? column.kind(row) : column.number ? "r" : "";
        if (n === 0) {
          const inside = more ? unfold(row, shown) : shown;
          return el("th", {scope: "row"}, inside);
        }
        return el("td", {class: kind, "data-label": column.name}, column.cut ? el("span", {class: "cut"}, shown) : shown);
      }));
    }
    function unfold(row, shown) {
      const button = el("button", {type: "button", class: "row", "aria-expanded": "false"}, shown);
      button.addEventListener("click", () => {
        const own = button.closest("tr");
        const open = button.getAttribute("aria-expanded") === "true";
        button.setAttribute("aria-expanded", String(!open));
        if (open) own.nextElementSibling.remove();
        else own.after(el("tr", {class: "more"}, el("td", {colspan: columns.length}, ...more(row))));
      });
      return button;
    }
    place.replaceChildren(tools,
      el("table", {class: "stack"}, el("caption", {class: "sr"}, caption), el("thead", {}, el("tr", {}, ...heads)), body),
      el("div", {class: "pager"}, before, where, after));
    draw();
  };

  const sort = (line) => /^(diff |--- |\+\+\+ |new file|deleted file)/.test(line) ? "file"
    : line.startsWith("@@") ? "hunk" : line[0] === "+" ? "add" : line[0] === "-" ? "del" : "same";
  const diff = (text) => {
    const code = el("code");
    for (const line of text.split("\n")) code.append(el("span", {class: sort(line)}, line), "\n");
    return el("pre", {class: "diff", tabindex: "0", "aria-label": "difference of the code"}, code);
  };

  const trials = document.getElementById("trials-table");
  if (trials && data.trials) {
    const {cells, parameters, rows} = data.trials;
    const [CELL, NUMBER, STATUS, SCORE, LEVEL, SECONDS, TOKENS, USD, LABEL, NOTE, KEPT, PARENT, SHARE, WHY, VALUES, DIFF] = Array(16).keys();
    const kept = ["", "best so far", "in the champion"];
    const some = (place) => rows.some((row) => row[place]);
    const columns = [
      {name: "trial", value: (r) => r[CELL] * 1e6 + r[NUMBER], shown: (r) => `${cells[r[CELL]]} · ${r[NUMBER]}`},
      {name: "status", value: (r) => r[STATUS], kind: (r) => r[STATUS] === "ok" ? "s-ok" : r[STATUS] === "running" ? "s-running" : "s-failed"},
      {name: "score on search", number: true, value: (r) => r[SCORE], shown: (r) => r[LEVEL]},
      {name: "kept", value: (r) => r[KEPT] || null, shown: (r) => kept[r[KEPT]] || "-"},
      {name: "seconds", number: true, value: (r) => r[SECONDS], shown: (r) => r[SECONDS] === null ? "-" : r[SECONDS].toFixed(2)},
      some(TOKENS) && {name: "tokens", number: true, value: (r) => r[TOKENS], shown: (r) => r[TOKENS] === null ? "unknown" : r[TOKENS].toLocaleString("en")},
      some(USD) && {name: "dollars", number: true, value: (r) => r[USD], shown: (r) => r[USD] === null ? "unknown" : r[USD].toPrecision(2)},
      some(LABEL) && {name: "claimed", value: (r) => r[LABEL], shown: (r) => r[LABEL].replace("_", " ") || "-"},
      {name: "hypothesis, or why it failed or was withdrawn", value: (r) => r[WHY] || r[NOTE], cut: true, kind: () => "text", shown: (r) => r[WHY] || r[NOTE] || "-"},
    ].filter(Boolean);
    table(trials, {
      caption: "Every trial", columns, rows, first: 0,
      filters: [
        {name: "cell", options: cells, has: (r, one) => cells[r[CELL]] === one},
        {name: "status", options: [...new Set(rows.map((r) => r[STATUS]))].sort(), has: (r, one) => r[STATUS] === one},
        {name: "kept only", has: (r) => r[KEPT] > 0},
      ],
      search: (r) => `${cells[r[CELL]]} ${r[NUMBER]} ${r[STATUS]} ${r[LABEL]} ${r[NOTE]} ${r[WHY]} ${r[VALUES].map((v, n) => v === "" ? "" : `${parameters[n]}=${v}`).join(" ")}`,
      more: (r) => {
        const values = r[VALUES].map((v, n) => v === "" ? null : `${parameters[n]} = ${v}`).filter(Boolean);
        return [
          r[NOTE] && el("p", {}, r[NOTE]),
          r[WHY] && el("p", {}, `${r[STATUS]}: ${r[WHY]}`),
          el("p", {class: "dim"}, `${r[PARENT] === null ? "built on the unchanged program" : `built on trial ${r[PARENT]}`}${r[SHARE] === 1 ? "" : `; ran ${(r[SHARE] * 100).toPrecision(3)} % of the search split`}`),
          values.length ? el("p", {}, el("code", {}, values.join(", "))) : null,
          r[DIFF] ? diff(r[DIFF]) : el("p", {class: "dim"}, r[DIFF] === "" ? "The code is that of the program it was built on." : "The diff is not on this page; the ledger has it."),
        ].filter(Boolean);
      },
    });
  }

  for (const lazy of document.querySelectorAll("details.lazy")) {
    lazy.addEventListener("toggle", () => {
      const place = lazy.querySelector(".datatable");
      if (!lazy.open || place.dataset.done) return;
      place.dataset.done = "yes";
      const {programs, rows} = data.items;
      table(place, {
        caption: "Items by champions", rows, first: 0,
        columns: [
          {name: "item", value: (r) => r[0]},
          {name: "kind", value: (r) => r[1], shown: (r) => r[1] || "-"},
          {name: "cluster", value: (r) => r[2]},
          ...programs.map((name, n) => ({name, number: true, value: (r) => r[3][n], shown: (r) => r[3][n] === null ? "not evaluated" : r[3][n].toFixed(3)})),
        ],
        filters: [{name: "kind", options: [...new Set(rows.map((r) => r[1]))].filter(Boolean).sort(), has: (r, one) => r[1] === one}],
        search: (r) => `${r[0]} ${r[1]} ${r[2]}`,
      });
    });
  }

  const button = document.getElementById("theme");
  const root = document.documentElement;
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const name = () => { button.textContent = dark() ? "Light" : "Dark"; button.setAttribute("aria-label", `Switch to the ${dark() ? "light" : "dark"} theme`); };
  button.hidden = false;
  name();
  button.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; name(); });
  addEventListener("beforeprint", () => { for (const one of document.querySelectorAll("main details:not(.lazy):not(.folds details)")) if (!one.closest(".folds")) one.open = true; });
})();

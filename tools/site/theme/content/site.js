// Colours of code, copying, tables that scroll, the menu on narrow screens, light and dark, the search.
const root = document.body.dataset.root;
const byId = id => document.getElementById(id);

for (const code of document.querySelectorAll("pre > code[lang^='hl-']")) {
  const language = code.getAttribute("lang").slice(3);
  code.className = `language-${{ sh: "bash" }[language] ?? language}`;
  if (hljs.getLanguage(code.className.slice(9))) hljs.highlightElement(code);
}

// Examples in XML documentation keep the indentation of their comment.
for (const code of document.querySelectorAll(".fsdocs-example pre > code, pre.highlighted > code")) {
  const lines = code.textContent.replace(/^\n+|\s+$/g, "").split("\n");
  const indent = Math.min(...lines.filter(line => line.trim()).map(line => line.search(/\S/)));
  code.textContent = lines.map(line => line.slice(indent)).join("\n");
  code.className = /;$/m.test(code.textContent) ? "language-csharp" : "language-fsharp";
  hljs.highlightElement(code);
}

for (const pre of document.querySelectorAll("main pre")) {
  const frame = document.createElement("div");
  frame.className = "code";
  pre.replaceWith(frame);
  const copy = document.createElement("button");
  copy.textContent = "Copy";
  // Over a network without HTTPS there is none.
  copy.hidden = !navigator.clipboard;
  copy.onclick = async () => {
    await navigator.clipboard.writeText(pre.textContent.trimEnd());
    copy.textContent = "Copied";
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  };
  frame.append(pre, copy);
}

for (const table of document.querySelectorAll("main table:not(.pre)")) {
  const frame = document.createElement("div");
  frame.className = "table-scroll";
  table.replaceWith(frame);
  frame.append(table);
}

document.querySelector("#site-menu li.active")?.scrollIntoView({ block: "center" });
scrollTo(0, 0);
if (location.hash) byId(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();

byId("menu-button").onclick = () => document.body.classList.toggle("menu-open");

byId("theme-button").onclick = () => {
  const page = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  page.dataset.theme = (page.dataset.theme ?? system) === "dark" ? "light" : "dark";
  localStorage.setItem("theme", page.dataset.theme);
};

// The index is large: it is loaded when the search is opened for the first time.
const script = name => new Promise((done, failed) => {
  const element = document.createElement("script");
  element.src = `${root}content/${name}`;
  element.onload = done;
  element.onerror = failed;
  document.head.append(element);
});

const search = {
  dialog: byId("search"),
  box: document.querySelector("#search input"),
  list: document.querySelector("#search ol"),
  hint: document.querySelector("#search .hint"),
  chosen: 0,

  async open() {
    if (this.dialog.open) return;
    this.dialog.showModal();
    this.box.select();
    this.index ??= await this.load();
    this.show();
  },

  async load() {
    this.hint.textContent = "Loading …";
    await Promise.all([script("minisearch.js"), script("search-index.js")]);
    const index = new MiniSearch({
      fields: ["t", "h", "c"],
      idField: "u",
      storeFields: ["t", "c", "a"],
      searchOptions: {
        boost: { t: 6, h: 2 }, prefix: true, fuzzy: word => (word.length > 4 ? 0.15 : 0), combineWith: "AND",
        // Guides come before keys, and both before members of the API.
        boostDocument: (_, __, row) => [1, 0.5, 0.02][row.a],
      },
    });
    const seen = new Set();
    index.addAll(window.searchIndex.filter(row => !seen.has(row.u) && seen.add(row.u)));
    return index;
  },

  show() {
    const words = this.box.value.trim();
    // A name that was typed whole comes first.
    const isName = row => row.t.toLowerCase() === words.toLowerCase();
    const found = words ? this.index.search(words).sort((a, b) => isName(b) - isName(a)).slice(0, 40) : [];
    this.chosen = 0;
    this.list.replaceChildren(...found.map(row => this.row(row, words)));
    this.mark();
    this.hint.textContent = !words ? "Names of keys, tasks, algorithms, types …"
      : found.length ? "↑ ↓ choose · Enter opens · Esc closes" : `Nothing has “${words}”.`;
  },

  row(row, words) {
    const li = document.createElement("li");
    const link = document.createElement("a");
    link.href = root + row.id;
    const title = document.createElement("strong");
    title.textContent = row.t;
    const kind = document.createElement("small");
    kind.textContent = row.a === 2 ? "API" : row.a ? "key" : row.id.split("/").slice(0, -1).join(" / ");
    const text = document.createElement("div");
    const start = row.c.toLowerCase().indexOf(words.toLowerCase().split(/\s+/)[0]);
    text.textContent = start > 60 ? `… ${row.c.slice(start - 50, start + 170)}` : row.c.slice(0, 200);
    link.append(title, kind, text);
    li.append(link);
    return li;
  },

  mark() {
    [...this.list.children].forEach((li, i) => li.classList.toggle("chosen", i === this.chosen));
    this.list.children[this.chosen]?.scrollIntoView({ block: "nearest" });
  },

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      this.chosen = Math.max(0, Math.min(this.list.children.length - 1, this.chosen + step));
      this.mark();
    } else if (event.key === "Enter") {
      this.list.children[this.chosen]?.querySelector("a").click();
    }
  },
};

byId("search-button").onclick = () => search.open();
search.box.oninput = () => search.index && search.show();
search.box.onkeydown = event => search.key(event);
search.list.onclick = event => event.target.closest("a") && search.dialog.close();
search.dialog.onclick = event => event.target === search.dialog && search.dialog.close();
addEventListener("keydown", event => {
  const typing = /^(INPUT|TEXTAREA)$/.test(document.activeElement?.tagName);
  if ((event.key === "/" && !typing) || (event.key === "k" && (event.ctrlKey || event.metaKey))) {
    event.preventDefault();
    search.open();
  }
});

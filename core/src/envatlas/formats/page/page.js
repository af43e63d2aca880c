"use strict";
(() => {
  const root = document.documentElement;
  const find = (id) => document.getElementById(id);
  const controls = find("the-controls");
  const search = find("the-search");
  const count = find("the-count");
  const emptiness = find("the-emptiness");
  const language = find("the-language");
  const filters = [...document.querySelectorAll("select[data-filter]")];
  const boxes = [...document.querySelectorAll("input[data-flag]")];

  const sections = [...document.querySelectorAll("main section")].map((element) => ({
    element,
    count: element.querySelector(".count"),
    entries: [...element.querySelectorAll("article")].map((element) => ({ element, isShown: true })),
    shown: -1,
  }));
  const entries = sections.flatMap((section) => section.entries);

  // What is looked at on each keystroke is gathered once: reading it from the page would cost more than the search.
  // It is gathered a section at a time when the page is open, so that nobody waits for it.
  const read = (element) => ({
    text: [element.id, element.dataset.plugin, element.querySelector(".help").textContent].join(" ").toLowerCase(),
    data: { ...element.dataset },
    flags: element.dataset.flags.split(" "),
  });
  const known = (entry) => (entry.known ??= read(entry.element));
  const gather = () => sections.forEach((section) => setTimeout(() => section.entries.forEach(known)));

  const said = (element) => element.getAttribute("data-say-" + root.dataset.language.toLowerCase());
  const counted = (shown, total) => said(count).replace("{count}", shown).replace("{total}", total);

  const filter = () => {
    const terms = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = filters.filter((select) => select.value).map((select) => [select.dataset.filter, select.value]);
    const flags = boxes.filter((box) => box.checked).map((box) => box.dataset.flag);
    const isAll = !terms.length && !chosen.length && !flags.length;
    const fits = (of) =>
      terms.every((term) => of.text.includes(term)) &&
      chosen.every(([name, value]) => of.data[name] === value) &&
      flags.every((flag) => of.flags.includes(flag));
    let total = 0;
    for (const section of sections) {
      let shown = 0;
      for (const entry of section.entries) {
        const isShown = isAll || fits(known(entry));
        if (isShown !== entry.isShown) entry.element.hidden = !(entry.isShown = isShown);
        if (isShown) shown += 1;
      }
      total += shown;
      if (shown === section.shown) continue;
      section.shown = shown;
      section.element.hidden = shown === 0;
      section.count.textContent = counted(shown, section.entries.length);
    }
    emptiness.hidden = total > 0;
    count.textContent = counted(total, entries.length);
  };

  const clear = () => {
    search.value = "";
    for (const select of filters) select.value = "";
    for (const box of boxes) box.checked = false;
    filter();
  };

  // What comes into sight on the way there gets its real height, which moves what is below: so it goes there again.
  const goTo = (target, frames) => {
    target.scrollIntoView();
    if (frames > 0) requestAnimationFrame(() => goTo(target, frames - 1));
  };

  // A link to a variable shows it, whatever is filtered.
  const follow = () => {
    const target = find(location.hash.slice(1));
    if (!target) return;
    if (target.closest("[hidden]")) clear();
    goTo(target, 8);
  };

  const speak = (chosen) => {
    root.dataset.language = chosen;
    root.lang = chosen.replaceAll("_", "-");
    for (const element of document.querySelectorAll("[data-says]")) {
      for (const what of element.dataset.says.split(" ")) {
        if (what === "text") element.textContent = said(element);
        else element.setAttribute(what, said(element));
      }
    }
    if (language) language.value = chosen;
    for (const section of sections) section.shown = -1;
    filter();
  };

  // A reload, and a link to a variable that is copied, keep the language that was chosen.
  const choose = (chosen) => {
    speak(chosen);
    const address = new URL(location);
    address.searchParams.set("language", chosen);
    history.replaceState(null, "", address);
  };

  // What is read where a locale is: zh-Hans in Singapore, zh-Hant in Hong Kong.
  const written = (code) => {
    try {
      const { language, script } = new Intl.Locale(code).maximize();
      return `${language}-${script}`;
    } catch {
      return code; // it is no locale's
    }
  };

  // The language that a link asks for: as it is called here, or at least the same one, in the same script.
  const asked = (codes) => {
    const plain = (code) => code.toLowerCase().replaceAll("_", "-");
    const wanted = plain(new URLSearchParams(location.search).get("language") || "");
    const near = (code) => written(plain(code)) === written(wanted);
    return codes.find((code) => plain(code) === wanted) || codes.find(near) || root.dataset.language;
  };

  const step = (by) => {
    const shown = entries.filter((entry) => entry.isShown);
    const current = shown.findIndex((entry) => entry.element.contains(document.activeElement));
    const next = shown[current < 0 ? 0 : current + by];
    if (next) next.element.querySelector("h3 a").focus();
    else if (by < 0) search.focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.isComposing || event.keyCode === 229) return; // the key is an input method's
    const isTyping = event.target.matches("input[type=search], select");
    const isAmong = event.target.closest("article");
    if (event.key === "/" && !isTyping) search.focus();
    else if (event.key === "Escape") clear();
    else if (event.key === "ArrowDown" && (event.target === search || isAmong)) step(1);
    else if (event.key === "ArrowUp" && isAmong) step(-1);
    else return;
    event.preventDefault();
  });

  const measure = () => root.style.setProperty("--controls-height", `${controls.offsetHeight}px`);
  new ResizeObserver(measure).observe(controls);
  search.addEventListener("input", filter);
  for (const control of [...filters, ...boxes]) control.addEventListener("change", filter);
  window.addEventListener("hashchange", follow);
  if (language) language.addEventListener("change", () => choose(language.value));

  speak(asked(language ? [...language.options].map((option) => option.value) : [root.dataset.language]));
  follow();
  gather();
})();

// Lessons: the list, and one lesson with its task, its check and its hints beside the map of the lesson's account.

import { aws, get, post } from "./api.js";
import { copy } from "./body.js";
import { button, fill, h, say, shown } from "./dom.js";
import { accountOf } from "./format.js";
import { mapOf } from "./map.js";
import { markdown } from "./markdown.js";
import { Narrowed } from "./narrowed.js";
import { endpoint, go, link } from "./routes.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {{ number: number, slug: string, title: string, part: string, minutes: number, idea: string }} Summary */
/** @typedef {Summary & { task: string, picture_before: string, picture_after: string, on_aws: string, link: string, hint_count: number, queues: Record<string, Record<string, string>> }} Lesson */
/** @typedef {{ passed: boolean, code: string, sentence: string, remark: string, expected: string, seen: string, marks: number[], timeline: string[] }} Checked */

const PASSED = "decaf.lessons.passed"; // where the browser keeps the numbers
const AGAIN = 1500; // milliseconds between two checks, at least
const REGION = "us-east-1";

/** @param {State} state @param {Record<string, string>} params */
export function lessons(state, params) {
  return params.n ? lesson(state, Number(params.n), params.account) : list(state);
}

// --- what was passed

/** @returns {Set<number>} */
function passed() {
  try {
    return new Set(JSON.parse(localStorage.getItem(PASSED) ?? "[]"));
  } catch {
    return new Set();
  }
}

/** @param {number} number */
const pass = (number) => localStorage.setItem(PASSED, JSON.stringify([...passed().add(number)]));

/** The accounts of a lesson: those that something is in, whose last two digits are its number. @param {State} state @param {number} number */
const accountsOf = (state, number) => state.accounts().filter((account) => account.endsWith(String(number).padStart(2, "0")) && account[0] !== "0");

/** The account of a lesson that nobody has begun. @param {number} number */
const usualAccount = (number) => `1000000000${String(number).padStart(2, "0")}`;

// --- the list

/** @param {State} state */
function list(state) {
  const place = h("div", {}, h("p", { class: "note" }, "Reading the lessons…"));
  const element = h(
    "section",
    { class: "lessons" },
    h("h1", {}, "Lessons"),
    h("p", {}, "Queues and topics, in a coffee shop: you change small programs, in any language, and Decaf checks what they do."),
    place,
    h("p", { class: "note" }, "In a terminal, ", h("code", {}, "decaf learn"), " writes the programs of a lesson into a folder, and runs them. This page shows the same lesson while you work on it."),
  );
  let checked = false;

  /** @param {Summary[]} found */
  function draw(found) {
    const done = passed();
    const parts = [...new Set(found.map((each) => each.part))];
    fill(
      place,
      h("p", { class: "answer" }, `${found.filter((each) => done.has(each.number)).length} of ${found.length} passed`),
      parts.map((part) => [h("h2", {}, part), h("ul", { class: "course" }, found.filter((each) => each.part === part).map((each) => entry(each, done.has(each.number))))]),
    );
  }

  /** Checks the lessons whose accounts have something, since their programs may have run without this page. @param {Summary[]} found */
  async function look(found) {
    if (checked || !state.accounts().length) return;
    checked = true;
    for (const { number } of found) {
      for (const account of passed().has(number) ? [] : accountsOf(state, number)) {
        if ((await check(number, account)).passed) pass(number);
      }
    }
    draw(found);
  }

  let ended = () => {};
  get("lessons").then(
    ({ lessons: found }) => {
      draw(found);
      const stop = state.look(() => look(found).catch(() => {}));
      ended = () => void stop();
      return look(found);
    },
    (error) => fill(place, h("p", { class: "answer" }, shown(error.message))),
  );
  return { element, dispose: () => ended() };
}

/** @param {Summary} each @param {boolean} done */
function entry(each, done) {
  return h("li", { class: done ? "passed" : null }, h("span", { class: "mark", "aria-hidden": "true" }, done ? "✓" : ""), h("a", { href: link("lessons", { n: String(each.number) }) }, `${each.number} ${each.title}`), done ? h("span", { class: "hidden" }, " (passed)") : null, h("span", { class: "small" }, ` ${each.minutes} minutes`), h("div", { class: "small" }, each.idea));
}

/** @param {number} number @param {string} account @returns {Promise<Checked>} */
const check = (number, account) => post("lesson/check", { number, account });

// --- one lesson

/** @param {State} state @param {number} number @param {string | undefined} asked the account, where the address names one */
function lesson(state, number, asked) {
  const place = h("div", {}, h("p", { class: "note" }, "Reading the lesson…"));
  const element = h("section", { class: "lesson" }, place);
  /** @type {(() => void)[]} */ let ends = [];
  let disposed = false;

  /** @param {Lesson} found */
  function open(found) {
    if (disposed) return;
    const account = asked || accountsOf(state, number)[0] || usualAccount(number);
    fill(place, parts(state, found, account, ends));
    document.title = `${found.title} · Decaf`;
    const stop = state.look(() => {
      const begun = accountsOf(state, number);
      if (asked || !begun.length || begun.includes(account)) return;
      close(); // its programs work in another account, and nothing is in this one
      open(found);
    });
    ends.push(() => void stop());
  }

  function close() {
    ends.forEach((end) => end());
    ends = [];
  }

  get("lesson", { number }).then(open, (error) =>
    fill(place, h("h1", {}, "Lessons"), h("p", { class: "answer" }, shown(error.message)), h("a", { href: link("lessons") }, "All lessons")),
  );
  return {
    element,
    dispose() {
      disposed = true;
      close();
    },
  };
}

/** @param {State} state @param {Lesson} found @param {string} account @param {(() => void)[]} ends */
function parts(state, found, account, ends) {
  const own = new Narrowed(state, account);
  const drawn = mapOf(own, () => h("p", { class: "note" }, "This lesson's account is empty."));
  drawn.element.querySelector("h1")?.remove();
  ends.push(drawn.dispose);
  const [, ...task] = markdown(found.task);
  return [
    h("p", { class: "note" }, h("a", { href: link("lessons") }, "All lessons"), ` · ${found.part} · about ${found.minutes} minutes`),
    h("h1", {}, `${found.number} ${found.title}`),
    h(
      "div",
      { class: "two" },
      h("div", { class: "task" }, task, h("pre", { tabindex: "0", "aria-label": "Picture" }, found.picture_before.replace(/^\n+|\s+$/g, "")), pointing(account, found), begin(own, found, account)),
      h("div", {}, checking(state, found, account, ends), hints(found), h("h2", {}, "Your shop"), drawn.element),
    ),
  ];
}

/** How a program calls this lesson's account. @param {string} account @param {Lesson} found */
function pointing(account, found) {
  const values = { AWS_ENDPOINT_URL: endpoint(), AWS_ACCESS_KEY_ID: account, AWS_SECRET_ACCESS_KEY: "decaf", AWS_DEFAULT_REGION: REGION, AWS_REGION: REGION, AWS_SDK_UA_APP_ID: "barista" };
  const shell = Object.entries(values).map(([name, value]) => `export ${name}=${value}`).join("\n");
  const power = Object.entries(values).map(([name, value]) => `$env:${name} = "${value}"`).join("\n");
  return h(
    "details",
    { class: "pointing", open: true },
    h("summary", {}, "Point your programs here"),
    h("p", {}, h("code", {}, `decaf learn start ${found.number}`), " writes the programs of this task into a folder, and ", h("code", {}, "decaf learn run"), " runs them."),
    h("p", {}, "For a program that you start yourself, in any language, type this into its terminal first. The last line is the name by which you see it here."),
    h("pre", { tabindex: "0", "aria-label": "Variables" }, shell),
    h("p", { class: "bar" }, button("Copy", () => copy(shell)), button("Copy for PowerShell", () => copy(power))),
  );
}

/** Empties the account, and makes the queues that the lesson begins with. @param {Narrowed} own @param {Lesson} found @param {string} account */
function begin(own, found, account) {
  const names = Object.keys(found.queues);
  const queues = names.length ? `, and makes ${names.length === 1 ? "the queue" : "the queues"} ${names.join(", ")}` : "";
  const start = button("Begin with an empty shop", async () => {
    await post("reset", { account });
    for (const [name, attributes] of Object.entries(found.queues)) await aws("sqs", "CreateQueue", { QueueName: name, Attributes: attributes }, account, REGION);
    say(`The account ${account} is empty${names.length ? `, with the queues ${names.join(", ")}` : ""}`);
  });
  return h("div", { class: "bar" }, start, h("span", { class: "note" }, `It deletes all that is in the account ${account}${queues}.`));
}

/** The check: on demand, and again when something has happened in the account. @param {State} state @param {Lesson} found @param {string} account @param {(() => void)[]} ends */
function checking(state, found, account, ends) {
  const result = h("div", { class: "check" }, h("p", { class: "note" }, "The check looks at what your programs do, and says here what it sees."));
  const number = found.number;
  let said = "";
  let waits = 0;
  let running = false;
  let again = false;

  async function run() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      const seen = await check(number, account);
      if (seen.passed) pass(number);
      fill(result, verdict(seen, found));
      if (seen.sentence !== said) say(seen.passed ? `Passed. ${seen.sentence}` : seen.sentence);
      said = seen.sentence;
    } finally {
      running = false;
      if (again) {
        again = false;
        later();
      }
    }
  }

  function later() {
    if (!waits) {
      waits = setTimeout(() => {
        waits = 0;
        run().catch((error) => fill(result, h("p", { class: "answer" }, shown(error.message))));
      }, AGAIN);
    }
  }

  const elsewhere = h("p", { class: "note" });
  function others() {
    const found = accountsOf(state, number).filter((each) => each !== account);
    fill(elsewhere, found.length ? [`This is the account ${account}. The lesson is in another one too: `, found.map((each) => [h("a", { href: link("lessons", { n: String(number), account: each }) }, each), " "])] : "");
  }

  ends.push(() => clearTimeout(waits));
  const stop = state.look((frame) => {
    others();
    if (frame?.moves.some((move) => accountOf(move.arn) === account) || frame?.calls) later();
  });
  ends.push(() => void stop());
  others();
  later();
  return h("div", {}, h("h2", {}, "The check"), elsewhere, h("div", { class: "bar" }, button("Check now", run)), result);
}

/** @param {Checked} seen @param {Lesson} found */
function verdict(seen, found) {
  if (seen.passed) {
    return [
      h("p", { class: "answer passed" }, h("strong", {}, "Passed. "), shown(seen.sentence)),
      seen.remark ? h("p", {}, h("strong", {}, "By the way: "), shown(seen.remark)) : null,
      h("pre", { tabindex: "0", "aria-label": "Picture" }, found.picture_after.replace(/^\n+|\s+$/g, "")),
      h("p", {}, h("strong", {}, found.idea)),
      h("h3", {}, "On AWS"),
      h("p", {}, found.on_aws.trim()),
      h("p", {}, h("a", { href: found.link, rel: "noreferrer", target: "_blank" }, "To read later, at AWS")),
      h("p", {}, button("The next lesson", () => following(found.number))),
    ];
  }
  return [
    h("p", { class: "answer" }, shown(seen.sentence)),
    seen.expected ? h("dl", { class: "facts" }, h("dt", {}, "Expected"), h("dd", {}, shown(seen.expected)), h("dt", {}, "Seen"), h("dd", {}, shown(seen.seen))) : null,
    seen.timeline.length ? h("pre", { tabindex: "0", "aria-label": "What shows it" }, shown(seen.timeline.join("\n"))) : null,
  ];
}

/** @param {number} number */
async function following(number) {
  const { lessons: all } = await get("lessons");
  const after = all.find((/** @type {Summary} */ each) => each.number > number);
  go("lessons", after ? { n: String(after.number) } : {});
}

/** Hints, one by one. @param {Lesson} found */
function hints(found) {
  const items = h("ol", { class: "hints" });
  const next = button("", async () => {
    const { hint } = await get("lesson/hint", { number: found.number, hint: items.childElementCount + 1 });
    items.append(h("li", {}, inlineHint(hint)));
    say(hint);
    draw();
  });
  function draw() {
    const shownNow = items.childElementCount;
    next.textContent = shownNow ? `Another hint (${shownNow + 1} of ${found.hint_count})` : "Show a hint";
    next.hidden = shownNow >= found.hint_count;
  }
  draw();
  return h("div", {}, h("h2", {}, "Hints"), items, h("div", { class: "bar" }, next));
}

/** @param {string} hint */
const inlineHint = (hint) => [...markdown(hint)].flatMap((block) => [...block.childNodes]);

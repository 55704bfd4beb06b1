// Everything that comes from the model is put on the page as text, never as HTML.

const TEXTS = {
    en: {
        answer: "Answer",
        body: "JSON for /invocations",
        byDefault: "Default",
        column: "Name",
        command: "From the command line",
        failed: "The server cannot be reached:",
        input: "Inputs",
        keys: "Ctrl+Enter sends, too",
        milliseconds: "ms",
        none: "The model has no signature: it takes what its library takes.",
        optional: "optional",
        other: "日本語",
        output: "Outputs",
        params: "Params",
        request: "Try the model",
        reset: "Back to the example",
        send: "Predict",
        signature: "Signature",
        type: "Type",
        unnamed: "–",
        waiting: "Waiting…",
    },
    ja: {
        answer: "応答",
        body: "/invocations に送る JSON",
        byDefault: "既定値",
        column: "名前",
        command: "コマンドラインから",
        failed: "サーバーに接続できません:",
        input: "入力",
        keys: "Ctrl+Enter でも送信できます",
        milliseconds: "ミリ秒",
        none: "このモデルにはシグネチャがありません。ライブラリが受け付けるものをそのまま渡します。",
        optional: "任意",
        other: "English",
        output: "出力",
        params: "パラメーター",
        request: "モデルを試す",
        reset: "例に戻す",
        send: "予測",
        signature: "シグネチャ",
        type: "型",
        unnamed: "–",
        waiting: "待っています…",
    },
};

const LONGEST = 200_000;

const find = (id) => document.getElementById(id);
const state = { language: navigator.language.startsWith("ja") ? "ja" : "en", facts: null, example: "", outcome: null };
const text = (name) => TEXTS[state.language][name];

function element(name, content = "", className = "") {
    const made = document.createElement(name);
    made.textContent = content;
    made.className = className;
    return made;
}

function typeOf(spec) {
    const inner = spec["tensor-spec"];
    if (inner) return `${inner.dtype} [${inner.shape.join(", ")}]`;
    if (spec.type === "array") return `array<${typeOf(spec.items)}>`;
    if (spec.type === "map") return `map<${typeOf(spec.values)}>`;
    if (spec.type === "object") {
        return `{ ${Object.entries(spec.properties).map(([name, part]) => `${name}: ${typeOf(part)}`).join(", ")} }`;
    }
    return spec.type + (spec.shape ? "[]" : "");
}

function table(caption, specs, { defaults = false } = {}) {
    const made = element("table");
    made.append(element("caption", caption));
    const head = made.createTHead().insertRow();
    for (const title of ["column", "type", ...(defaults ? ["byDefault"] : [])]) {
        const cell = element("th", text(title));
        cell.scope = "col";
        head.append(cell);
    }
    const rows = made.createTBody();
    for (const spec of specs) {
        const row = rows.insertRow();
        row.insertCell().append(element("code", spec.name === undefined ? text("unnamed") : String(spec.name)));
        const type = row.insertCell();
        type.append(element("code", typeOf(spec)));
        if (spec.required === false) type.append(element("span", ` ${text("optional")}`, "hint"));
        if (defaults) row.insertCell().append(element("code", JSON.stringify(spec.default)));
    }
    const scrolling = element("div", "", "scroll");
    scrolling.append(made);
    return scrolling;
}

function draw() {
    document.documentElement.lang = state.language;
    for (const one of document.querySelectorAll("[data-text]")) one.textContent = text(one.dataset.text);
    find("language").textContent = text("other");
    find("language").lang = state.language === "ja" ? "en" : "ja";
    if (state.facts === null) return;
    const { title } = state.facts.info;
    document.title = `${title} · kiseki`;
    find("name").textContent = title;
    const signature = state.facts["x-signature"];
    const tables = [
        signature?.inputs && table(text("input"), signature.inputs),
        signature?.params && table(text("params"), signature.params, { defaults: true }),
        signature?.outputs && table(text("output"), signature.outputs),
    ].filter(Boolean);
    find("signature").replaceChildren(...(tables.length ? tables : [element("p", text("none"))]));
    showCommand();
    showOutcome();
}

function showCommand() {
    const quoted = find("body").value.replaceAll("'", "'\\''");
    const address = new URL("invocations", document.baseURI).href;
    find("curl").textContent = `curl ${address} \\\n    -H 'Content-Type: application/json' \\\n    -d '${quoted}'`;
}

function showOutcome() {
    const { bad = false, answer = "", line = () => "" } = state.outcome ?? {};
    find("status").textContent = line();
    find("status").className = bad ? "bad" : "";
    find("answer").textContent = answer.length > LONGEST ? `${answer.slice(0, LONGEST)}…` : answer;
}

async function send() {
    if (find("send").disabled) return;
    find("send").disabled = true;
    state.outcome = { line: () => text("waiting") };
    showOutcome();
    const began = performance.now();
    try {
        const response = await fetch("invocations", {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: find("body").value,
        });
        // Shown as it came: parsing would round the numbers that JavaScript cannot hold.
        const answer = await response.text();
        const took = (performance.now() - began).toFixed(1);
        state.outcome = {
            answer,
            bad: !response.ok,
            line: () => `HTTP ${response.status} · ${took} ${text("milliseconds")}`,
        };
    } catch (error) {
        state.outcome = { bad: true, line: () => `${text("failed")} ${error.message}` };
    }
    find("send").disabled = false;
    showOutcome();
}

async function start() {
    draw();
    try {
        const response = await fetch("openapi.json");
        state.facts = await response.json();
        const content = state.facts.paths["/invocations"].post.requestBody.content["application/json"];
        state.example = content["x-example"] ?? "";
        find("body").value = state.example;
    } catch (error) {
        find("problem").textContent = `${text("failed")} ${error.message}`;
        find("problem").hidden = false;
    }
    draw();
}

find("language").addEventListener("click", () => {
    state.language = state.language === "ja" ? "en" : "ja";
    draw();
});
find("send").addEventListener("click", send);
find("reset").addEventListener("click", () => {
    find("body").value = state.example;
    showCommand();
});
find("body").addEventListener("input", showCommand);
find("body").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        send();
    }
});
start();

/* The board: cards are dragged to another stage, or moved by the left and right arrow. What a stage
   asks for is asked in the dialog. */
(function () {
  "use strict";

  const board = document.getElementById("kf-board");
  if (!board) return;
  let moving = null;

  const stages = () => [...board.querySelectorAll("[data-kf-stage]")];
  const stageOf = (card) => card.closest("[data-kf-stage]");

  function reload(card) {
    board.addEventListener("htmx:afterSettle", () => document.getElementById(card)?.focus(), { once: true });
    window.htmx.trigger(board, "kf-board-changed");
  }

  async function move(card, stage) {
    if (!stage || stage === stageOf(card)) return;
    const said = new FormData();
    said.set("drag", "1");
    said.set("stage", stage.dataset.kfStage);
    said.set("version", card.dataset.kfVersion);
    const headers = JSON.parse(document.body.getAttribute("hx-headers"));
    const answer = await fetch(card.dataset.kfMove, { method: "POST", body: said, headers: { ...headers, "HX-Request": "true" } });
    if (answer.status === 204) {
      const title = stage.querySelector("h2 > span").firstChild.textContent.trim();
      document.getElementById("kf-board-said").textContent = `${card.querySelector("a").textContent} → ${title}`;
      reload(card.id);
      return;
    }
    const told = await answer.text();
    if (answer.status === 200) {
      document.querySelector("#kf-modal .modal-content").innerHTML = told;
      window.tabler.Modal.getOrCreateInstance(document.getElementById("kf-modal")).show();
      return;
    }
    window.kefen.say(answer.status === 409 ? told : String(answer.status), "danger");
    reload(card.id);
  }

  board.addEventListener("dragstart", (event) => {
    moving = event.target.closest("[data-kf-move]");
    if (!moving) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", moving.id);
    moving.classList.add("moving");
  });
  board.addEventListener("dragend", () => {
    moving?.classList.remove("moving");
    stages().forEach((one) => one.classList.remove("over"));
    moving = null;
  });
  board.addEventListener("dragover", (event) => {
    const stage = event.target.closest("[data-kf-stage]");
    if (!moving || !stage) return;
    event.preventDefault();
    stages().forEach((one) => one.classList.toggle("over", one === stage));
  });
  board.addEventListener("drop", (event) => {
    const stage = event.target.closest("[data-kf-stage]");
    if (!moving || !stage) return;
    event.preventDefault();
    move(moving, stage);
  });
  board.addEventListener("keydown", (event) => {
    const card = event.target;
    if (!card.matches("[data-kf-move]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) {
      event.preventDefault();
      const all = stages();
      move(card, all[all.indexOf(stageOf(card)) + step]);
    } else if (event.key === "Enter") {
      card.querySelector("a").click();
    }
  });
})();

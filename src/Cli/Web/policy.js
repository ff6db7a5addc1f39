"use strict";
/* The newest policy of a run at work, beside the curves: the page of `mtrl play` in a frame. One run at a time, for each frame
   has a simulation.

   new PolicyPanel(section, redraw)    the section of the page; `redraw` is called when there is something new to draw
     .draw(runs)                       runs: { id, name, colour, row, detail }; a run acts where `detail.plays`
     .isBesideCurves                   it takes room from what is left of it */
class PolicyPanel {
  /* The run that is shown, whether it acts, and whether somebody decided that. */
  #shown = null;
  #acts = false;
  #wish = null;
  /* Id of a run → the step at which it could not act, and why. */
  #refusals = new Map();
  #key = "";

  constructor(section, redraw) {
    const part = name => section.querySelector(name);
    [this.section, this.redraw, this.isBesideCurves] = [section, redraw, false];
    [this.choice, this.toggle, this.whole, this.note, this.place] = [".choice", "button", "a", ".note", ".act"].map(part);
    this.toggle.addEventListener("click", () => {
      this.#refusals.delete(this.#shown);
      this.#acts = this.#wish = !this.#acts;
      this.redraw();
    });
  }

  draw(runs) {
    const able = runs.filter(run => run.row?.step > 0 && run.detail?.plays);
    const run = able.find(({ id }) => id === this.#shown) ?? able[0];
    if (run?.id !== this.#shown) this.#show(run);
    const key = JSON.stringify([
      this.#shown, this.#acts, run?.row.state, this.#refusals.get(run?.id), this.#isRefused(run), able.map(({ id, name, colour }) => [id, name, colour])]);
    if (key === this.#key) return;
    this.#key = key;
    this.section.hidden = !run;
    this.isBesideCurves = Boolean(run) && this.#acts;
    this.section.parentElement.classList.toggle("acting", this.isBesideCurves);
    if (run) {
      this.#drawChoice(able, run);
      this.#drawHead(run);
    }
    this.#drawFrame(run);
  }

  /* A simulation takes processor time from a training of the same machine, so beside one it waits for a click. */
  #show(run) {
    this.#shown = run?.id;
    this.#acts = this.#wish ?? run?.row.state !== "training";
  }

  /* Until the next step of the run: then it may have a checkpoint. */
  #isRefused(run) {
    return this.#refusals.get(run?.id)?.step === run?.row.step;
  }

  /* One run is named above the curves. */
  #drawChoice(able, run) {
    const { element, dot } = Charts;
    if (able.length === 1) {
      this.choice.replaceChildren();
      return;
    }
    const list = element("select");
    list.ariaLabel = "run whose policy acts";
    list.append(...able.map(({ id, name }) => new Option(name, id, false, id === run.id)));
    list.addEventListener("change", () => {
      this.#show(able.find(({ id }) => id === list.value));
      this.redraw();
    });
    this.choice.replaceChildren(dot(run.colour), list);
  }

  #drawHead(run) {
    const refusal = this.#refusals.get(run.id);
    this.toggle.textContent = this.#acts ? "stop" : "see it act";
    this.toggle.ariaPressed = String(this.#acts);
    this.whole.href = `play/${run.id}/`;
    this.whole.hidden = !this.#acts || Boolean(refusal);
    const costs = "It waits for a click: a simulation takes processor time from a training of the same machine.";
    this.note.textContent = this.#acts ? refusal?.why ?? "" : run.row.state === "training" ? costs : "";
    this.note.hidden = this.note.textContent === "";
  }

  /* The frame of a run that acts; its policy is asked for first, for the reason why it cannot. */
  async #drawFrame(run) {
    const wanted = run && this.#acts && !this.#isRefused(run) ? run.id : "";
    if (this.place.dataset.run === wanted) return;
    this.place.dataset.run = wanted;
    this.place.replaceChildren();
    if (!wanted) return;
    const why = await this.#refusal(run);
    if (this.place.dataset.run !== wanted) return;
    if (why !== null) {
      this.#refusals.set(run.id, { step: run.row.step, why });
      this.redraw();
      return;
    }
    this.#refusals.delete(run.id);
    const frame = Charts.element("iframe");
    frame.title = "the policy at work";
    frame.src = `play/${run.id}/#?tour=on`;
    this.place.append(frame);
    this.redraw();
  }

  /* Why a run has no policy that acts; null: it has one. */
  async #refusal(run) {
    try {
      const answer = await fetch(`play/${run.id}/play.json`);
      return answer.ok ? null : await answer.text() || "The run is no longer there.";
    } catch {
      return "The program that serves this page does not answer.";
    }
  }
}

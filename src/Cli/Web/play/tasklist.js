// The list of tasks, under headings of their kinds; a dot marks those that were solved.
import { plain } from './task.js';

export class TaskList {
  #place;

  constructor(place) {
    this.#place = place;
  }

  /** Lists tasks; `choose` gets the name of the one that is clicked. */
  fill(tasks, choose) {
    const groups = Map.groupBy(tasks, task => task.kind);
    this.#place.replaceChildren(...[...groups].flatMap(([kind, members]) => {
      const title = document.createElement('h3');
      title.textContent = kind;
      return [title, ...members.map(task => {
        const button = document.createElement('button');
        button.type = 'button';
        button.role = 'option';
        button.dataset.task = task.name;
        button.textContent = plain(task.name);
        button.addEventListener('click', () => choose(task.name));
        return button;
      })];
    }));
  }

  /** Marks the task that is played, and the solved ones. */
  mark(played, solved) {
    for (const button of this.#buttons) {
      button.ariaSelected = String(button.dataset.task === played);
      button.classList.toggle('solved', solved.has(button.dataset.task));
    }
    this.#reveal(this.#buttons.find(button => button.dataset.task === played));
  }

  isMarked(task) {
    return Boolean(this.#buttons.find(button => button.dataset.task === task)?.classList.contains('solved'));
  }

  get #buttons() {
    return [...this.#place.querySelectorAll('button')];
  }

  /** Scrolls the list alone: `scrollIntoView` would scroll the page around a frame, too. */
  #reveal(button) {
    if (!button) return;
    const [list, item] = [this.#place, button].map(element => element.getBoundingClientRect());
    const [across, down] = [(item.left + item.right - list.left - list.right) / 2, (item.top + item.bottom - list.top - list.bottom) / 2];
    this.#place.scrollLeft += across;
    if (item.top < list.top || item.bottom > list.bottom) this.#place.scrollTop += down;
  }
}

// The pointer: drags the goal, pulls bodies, turns the view; two fingers or the wheel change the distance.

/** Radians a pixel. */
const turning = 0.006;

/**
 * `hands` says what can be held: `goal()` gives { isLevel, grab(), drag(point), drop() }, or null where the goal is fixed;
 * `body` is { canGrab(body), grab(body, point), drag(point), drop() }.
 */
export const usePointer = (canvas, view, hands) => {
  const fingers = new Map();
  let held = null;

  const goal = (picked, event) => {
    const { isLevel, grab, drag, drop } = hands.goal();
    const meet = event => view.meet(event.clientX, event.clientY, picked.point, isLevel);
    // The goal keeps its distance from the pointer that did not hit its middle.
    const first = meet(event);
    grab();
    return {
      move: next => {
        const point = meet(next);
        if (first && point) drag(picked.point.clone().add(point).sub(first).toArray());
      },
      end: drop,
    };
  };

  const body = ({ body: id, point }) => {
    hands.body.grab(id, point.toArray());
    return {
      move: event => {
        const to = view.meet(event.clientX, event.clientY, point, false);
        if (to) hands.body.drag(to.toArray());
      },
      end: hands.body.drop,
    };
  };

  const turn = event => {
    let [x, y] = [event.clientX, event.clientY];
    return {
      move: next => {
        view.turn((next.clientX - x) * turning, (next.clientY - y) * turning);
        [x, y] = [next.clientX, next.clientY];
      },
      end: () => {},
    };
  };

  const spread = () => {
    const [a, b] = [...fingers.values()];
    return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  };

  const pinch = () => {
    let before = spread();
    return {
      move: () => {
        const now = spread();
        view.zoom(before / now);
        before = now;
      },
      end: () => {},
    };
  };

  const begin = event => {
    if (event.button === 2 || event.shiftKey) return turn(event);
    const picked = view.pick(event.clientX, event.clientY);
    if (picked.kind === 'goal' && hands.goal()) return goal(picked, event);
    if (picked.kind === 'body' && hands.body.canGrab(picked.body)) return body(picked);
    return turn(event);
  };

  canvas.addEventListener('pointerdown', event => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, event);
    held?.end();
    held = fingers.size > 1 ? pinch() : begin(event);
    canvas.classList.add('holding');
    event.preventDefault();
  });

  canvas.addEventListener('pointermove', event => {
    if (fingers.has(event.pointerId)) {
      fingers.set(event.pointerId, event);
      held?.move(event);
    } else {
      const { kind, body: id } = view.pick(event.clientX, event.clientY);
      const can = kind === 'goal' ? Boolean(hands.goal()) : kind === 'body' && hands.body.canGrab(id);
      canvas.classList.toggle('can', can);
    }
  });

  const end = event => {
    if (!fingers.delete(event.pointerId)) return;
    held?.end();
    held = null;
    canvas.classList.remove('holding');
  };
  canvas.addEventListener('pointerup', end);
  canvas.addEventListener('pointercancel', end);
  canvas.addEventListener('contextmenu', event => event.preventDefault());
  canvas.addEventListener('wheel', event => {
    view.zoom(Math.exp(event.deltaY * 0.001));
    event.preventDefault();
  }, { passive: false });
};

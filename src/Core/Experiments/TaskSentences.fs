/// What each task of Meta-World asks for, in one sentence of our own: CARE reads it, and words in
/// it select experts.
module Mtrl.Experiments.TaskSentences

open Mtrl.Tasks

let private sentences = [
    "reach", "Reach a goal in the air with the gripper."
    "push", "Push a puck over the table to a goal."
    "pick-place", "Pick a puck up and carry it to a goal in the air."
    "door-open", "Open a door that turns on a revolving joint."
    "drawer-open", "Open a drawer by pulling its handle."
    "drawer-close", "Push a drawer in to close it."
    "button-press-topdown", "Press a button down from above."
    "peg-insert-side", "Insert a peg sideways into a goal hole."
    "window-open", "Push a window sideways to open it."
    "window-close", "Push a window back sideways to close it."
    "door-close", "Push a door on a revolving joint to close it."
    "reach-wall", "Reach a goal behind a wall with the gripper."
    "pick-place-wall", "Pick a puck up and carry it over a wall to a goal."
    "push-wall", "Push a puck around a wall to a goal."
    "button-press", "Press a button on the front of a box."
    "button-press-topdown-wall", "Press a button down from above, behind a wall."
    "button-press-wall", "Press a button on the front of a box, behind a wall."
    "peg-unplug-side", "Pull a peg sideways out of a box."
    "disassemble", "Lift a ring off a peg that it hangs on."
    "hammer", "Drive a nail into a board with a hammer."
    "plate-slide", "Slide a plate forward into a cabinet."
    "plate-slide-side", "Slide a plate sideways into a cabinet."
    "plate-slide-back", "Slide a plate back out of a cabinet."
    "plate-slide-back-side", "Slide a plate sideways back out of a cabinet."
    "handle-press", "Press a handle down from the front."
    "handle-pull", "Pull a handle up from the front."
    "handle-press-side", "Press a handle down from the side."
    "handle-pull-side", "Pull a handle up from the side."
    "stick-push", "Grasp a stick and push a box to a goal with it."
    "stick-pull", "Grasp a stick and pull a box to a goal with it."
    "basketball", "Lift a ball and drop it through a hoop."
    "soccer", "Push a ball over the table into a net."
    "faucet-open", "Turn a faucet to open it."
    "faucet-close", "Turn a faucet back to close it."
    "coffee-push", "Push a mug under a coffee machine."
    "coffee-pull", "Pull a mug away from a coffee machine."
    "coffee-button", "Press a button on a coffee machine."
    "sweep", "Sweep a puck off the table."
    "sweep-into", "Sweep a puck over the table into a hole."
    "pick-out-of-hole", "Pick a puck up out of a hole."
    "assembly", "Pick a ring up and hang it on a peg."
    "shelf-place", "Pick a puck up and place it on a shelf."
    "push-back", "Push a puck back towards the robot to a goal."
    "lever-pull", "Pull a lever up by half a turn."
    "dial-turn", "Turn a dial by half a turn."
    "bin-picking", "Pick a puck out of one bin and drop it into another."
    "box-close", "Grasp a lid and close a box with it."
    "hand-insert", "Reach a goal in a hole with the gripper."
    "door-lock", "Turn a lock on a door to lock it."
    "door-unlock", "Turn a lock on a door back to unlock it."
]

/// Tasks and their sentences.
let all = sentences

/// The sentence of a task, by any of its names; for an unknown task its name in words.
let ofTask (task: string) =
    let name = TaskName.plain task

    sentences
    |> List.tryFind (fst >> (=) name)
    |> Option.map snd
    |> Option.defaultWith (fun () -> name.Replace('-', ' '))

/// Entries to try for a task that was not trained on.
///
/// Source: policies that know their task by numbers are adapted to another task by a search over these numbers, for the
/// largest return of an episode (Yu, Liu and Turk 2019, "Policy transfer with strategy optimization",
/// arXiv:1810.05751). The paper's search is an evolution strategy with thousands of episodes; this search is for ten.
module internal MtrlFunctional.Agents.TaskSearch

open MtrlFunctional.Randomness

/// Weights of the entries of `tasks` trained tasks in the entry to try: 2 a − b of two tasks, as far beyond a as b is
/// before it. In as many shots as there are tasks each task is a once; b is drawn from the others.
///
/// Why beyond: on 35 tasks of MT50 outside ML10, fewer succeed between trained tasks (docs/results.md).
[<CompiledName("Weights")>]
let weights (tasks: int) (shot: int) (key: Key) : float[] =
    let key = Key.at (int64 shot) key
    let a = shot % tasks
    let b = (a + 1 + Key.below (tasks - 1) key) % tasks

    Array.init tasks (fun task ->
        if task = a then 2.0
        elif task = b then -1.0
        else 0.0)

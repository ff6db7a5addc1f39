namespace MtrlFunctional.Tasks.Classic

open MtrlFunctional.Randomness
open MtrlFunctional.Tasks

/// Task states of a run.
type TaskSets = {
    /// Those of the training.
    Train: float[][]
    /// Those of the evaluation.
    Test: float[][]
}

/// Draws of task states.
module TaskSets =
    /// `train` task states, and `test` others; where `test` is 0, the evaluation has those of the
    /// training. Neither set depends on the size of the other. States of a finite space are drawn without
    /// replacement.
    /// Raises ArgumentException where a finite space has fewer than `train` + `test` states.
    [<CompiledName("Draw")>]
    let draw (rules: Rules<'task, 'state>) (seed: int64) train test : TaskSets =
        let key = Key.ofSeed seed

        let sampled purpose count =
            let key = Key.forPurpose purpose key
            Array.init count (fun i -> rules.SampleTask(Key.at (int64 i) key))

        let trained, others =
            match rules.TaskStates with
            | TaskSpace.Box _ -> sampled "task" train, sampled "task/test" test
            | TaskSpace.Discrete count ->
                let states = Array.init count (fun i -> [| float i |])
                Shuffle.keyed (Key.forPurpose "task" key) states

                if train + test > count then
                    invalidArg (nameof test) $"There are {count} task states, not {train + test}."

                states[.. train - 1], Array.rev states |> Array.truncate test

        { Train = trained; Test = (if test = 0 then trained else others) }

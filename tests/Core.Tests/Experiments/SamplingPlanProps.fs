namespace MtrlFunctional.Tests.Experiments

open NUnit.Framework
open FsCheck
open FsCheck.NUnit
open MtrlFunctional.Experiments

/// Sizes as experiments have them: steps of a batch, of an episode, and tasks.
type Sizes = {
    Batch: PositiveInt
    Horizon: PositiveInt
    Tasks: PositiveInt
    Workers: PositiveInt
    Iteration: NonNegativeInt
}

[<TestFixture; Properties(MaxTest = 500)>]
module ``episodes of an iteration`` =
    let private turns s iteration =
        SamplingPlan.inTurns s.Workers.Get s.Batch.Get s.Horizon.Get s.Tasks.Get iteration

    [<Property>]
    let ``balanced, each task is a group and has as many`` (s: Sizes) =
        let plan = SamplingPlan.balanced s.Batch.Get s.Horizon.Get s.Tasks.Get

        plan.Groups = s.Tasks.Get
        && Array.countBy id plan.Tasks = Array.init s.Tasks.Get (fun t -> t, plan.Episodes)
        && Array.forall2 (=) plan.Tasks (Array.init plan.Tasks.Length (fun i -> i / plan.Episodes))

    [<Property>]
    let ``reach the batch with no episode too many`` (s: Sizes) =
        let plan = SamplingPlan.balanced s.Batch.Get s.Horizon.Get s.Tasks.Get
        let round = s.Tasks.Get * s.Horizon.Get

        plan.Episodes * round >= s.Batch.Get
        && (plan.Episodes = 1 || (plan.Episodes - 1) * round < s.Batch.Get)

    [<Property>]
    let ``in turns, workers go through the tasks in step`` (s: Sizes) =
        let plan = turns s 0L

        plan.Groups = 1
        && plan.Tasks
           |> Array.indexed
           |> Array.forall (fun (i, task) -> task = i / s.Workers.Get % s.Tasks.Get)

    [<Property>]
    let ``in turns, an iteration goes on where the one before ended`` (s: Sizes) =
        let iteration = int64 s.Iteration.Get
        let both = Array.append (turns s iteration).Tasks (turns s (iteration + 1L)).Tasks
        let indices = both |> Array.chunkBySize s.Workers.Get

        both.Length = 2 * (turns s 0L).Episodes
        && (iteration <> 0L
            || indices
               |> Array.indexed
               |> Array.forall (fun (i, v) -> Array.forall ((=) (i % s.Tasks.Get)) v))

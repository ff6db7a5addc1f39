namespace MtrlFunctional.Training

open System
open System.Collections.Generic
open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// An agent that learns, as a value: an update makes the next one of it. They share tensors; the owner of the newest one frees what
/// only earlier ones have.
[<NoEquality; NoComparison>]
type internal Learner<'sample> = {
    Agent: IAgent<'sample>
    Form: SampleForm<'sample>
    /// Element type and device of the tensors.
    Options: TensorOptions
    State: IAgentState<'sample>
    /// Updates done.
    Updates: int64
    /// The key of the draws of all updates.
    Key: Key
    /// Updates between two records of the conflicts of gradients; 0: none is recorded.
    ConflictsEvery: int64
    /// Whether the steps of Adam and the Polyak averages count all numbers of a state that are not finite.
    IsCounted: bool
    /// The row of each evaluated task in the networks; none: in order.
    Evaluated: int list option
}

/// What an update gave.
[<NoEquality; NoComparison>]
type internal LearnedUpdate<'sample> = {
    Next: Learner<'sample>
    Readings: Reading[]
    /// Cosines of the tasks' gradients before the update, where they are recorded.
    Conflicts: ConflictRecord list
}

/// An update of which nothing is kept: a number is not finite, or a loss too large.
[<NoEquality; NoComparison>]
type internal RefusedUpdate = {
    /// "update 12 (step 300)".
    Title: string
    Fault: FaultyUpdate
    /// The tensors of the sample by name.
    Sample: (string * Tensor) list
    /// The tensors of the state after the update, and the metrics, by name.
    Outcome: (string * Tensor) list
} with

    /// Why training stops; `tasks` as in `FaultyUpdate.message`.
    member refused.Message(tasks: (string | null)[]) =
        FaultyUpdate.message refused.Title tasks refused.Fault

/// Functions of learners. Tensors of a result belong to the current scope.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Learner =
    /// Whether a run records the conflicts of gradients.
    [<CompiledName("RecordsConflicts")>]
    let recordsConflicts (e: Experiment) =
        e.Schedule.ConflictsFreq > 0 && NetworkTasks.haveGradients e

    /// Before the first update: the seed of the experiment determines the state.
    [<CompiledName("Start")>]
    let start (e: Experiment) (agent: IAgent<'sample>) form options : Learner<'sample> =
        let seed = Key.ofSeed e.Setup.SeedRef

        let state =
            Tensors.scope (fun (state: IAgentState<'sample>) -> state.Owns) (fun () ->
                agent.Start(Key.forPurpose "networks" seed, options))

        let hasStatistics =
            state.Named() |> List.exists (fun (name, _) -> name.Contains "statistics/")

        {
            Agent = agent
            Form = form
            Options = options
            State = state
            Updates = 0L
            Key = Key.forPurpose "update" seed
            ConflictsEvery =
                if recordsConflicts e then
                    int64 e.Schedule.ConflictsFreq
                else
                    0L
            IsCounted = AdamWork.CountsNonFinite options.Device && not hasStatistics
            Evaluated = NetworkTasks.evaluated e
        }

    /// The key of the draws of the next update.
    [<CompiledName("Draws")>]
    let draws (learner: Learner<'sample>) = Key.at learner.Updates learner.Key

    /// The next update in messages, after so many environment steps of each task.
    [<CompiledName("Title")>]
    let title step (learner: Learner<'sample>) = learner.Form.Title learner.Updates step

    let private updated step sample (learner: Learner<'sample>) =
        if learner.ConflictsEvery > 0L && learner.Updates % learner.ConflictsEvery = 0L then
            learner.State.UpdateWithConflicts(step, learner.Updates, sample)
        else
            let struct (next, metrics) = learner.State.Update sample
            struct (next, metrics, [])

    let private outcome (next: IAgentState<'sample>) readings = [
        yield! next.Named()

        for reading in readings do
            $"metric/{reading.Metric}", Tensor.ofDoubles [||] [| reading.Number |]
    ]

    /// An update, after so many environment steps of each task. `isSuspect`: state or sample may hold numbers that are not finite.
    [<CompiledName("Update")>]
    let update step isSuspect sample (learner: Learner<'sample>) =
        let counted = AdamWork.NonFiniteResults
        let struct (next, metrics, conflicts) = updated step sample learner
        let readings = Metrics.read metrics

        // Adam and Polyak averages count numbers that are not finite. Without them, or for states with running
        // statistics, too (as of on-policy agents), sums show such numbers.
        let isExamined =
            isSuspect
            || AdamWork.NonFiniteResults <> counted
            || (Metrics.diverged readings).IsSome
            || not learner.IsCounted
               && not (
                   learner.Form.Named sample
                   |> Seq.map snd
                   |> Seq.append next.Owns
                   |> NonFinite.sumsAreFinite
               )

        let fault =
            if isExamined then
                FaultyUpdate.find learner.Agent.Description {
                    Before = learner.State
                    Sample = sample
                    After = next
                    Readings = readings
                    Form = learner.Form
                }
            else
                None

        match fault with
        | None ->
            Ok {
                Next = { learner with State = next; Updates = learner.Updates + 1L }
                Readings = readings
                Conflicts = conflicts
            }
        | Some fault ->
            Error {
                Title = title step learner
                Fault = fault
                Sample = learner.Form.Named sample
                Outcome = outcome next readings
            }

    /// The outcome of an update on the sample of a crash bundle, in main memory.
    [<CompiledName("Preview")>]
    let preview (sample: IReadOnlyDictionary<string, Tensor>) (learner: Learner<'sample>) =
        let sample =
            learner.Form.OfNamed (draws learner) (TensorOptions.place learner.Options) sample

        let struct (next, metrics, _) = updated 0L sample learner
        outcome next (Metrics.read metrics)

    let private finder (find: Func<string, Tensor | null>) name = Option.ofObj (find.Invoke name)

    /// The learner with further updates limited to parameters for which the tensor of their name has 1, not 0; none: the agent
    /// cannot. `restore` ends it.
    [<CompiledName("FreezeExcept")>]
    let freezeExcept mask (learner: Learner<'sample>) =
        learner.State.FreezeExcept(learner.Options, finder mask)
        |> Option.map (fun state -> { learner with State = state })

    /// The learner in a saved state, after so many updates; or the mismatches between its tensors, null where one is missing, and
    /// the networks.
    [<CompiledName("Restore")>]
    let restore find updates (learner: Learner<'sample>) =
        learner.Agent.OfNamed(learner.Options, finder find)
        |> Result.map (fun state -> { learner with State = state; Updates = updates })

    /// The learner with a policy for the tasks of a sample; none if the agent cannot adapt.
    [<CompiledName("Adapt")>]
    let adapt sample (learner: Learner<'sample>) =
        learner.State.Adapt sample
        |> Option.map (fun state -> { learner with State = state })

    /// Exploring actions, [groups; rows; obs] to [groups; rows; actions].
    [<CompiledName("Explore")>]
    let explore noise (rows: Tensor) (learner: Learner<'sample>) =
        let shape = Tensor.shape rows
        let size = int64 learner.Agent.Description.NoiseSize

        learner.State.Act(rows, Draw.normal learner.Options noise [| shape[0]; shape[1]; size |])

    let private oneHot tasks =
        let numbers =
            Array.init (tasks * tasks) (fun i -> if i % tasks = i / tasks then 1f else 0f)

        RowLayer.AppendTask { Shape = [ tasks ]; Sets = tasks; SetOf = []; Values = numbers }

    /// The greedy policy as steps on the row of one evaluated task, from the numbers of an observation as the environments give it,
    /// with log σ and the value beside it where they can be expressed so; or why it cannot.
    [<CompiledName("Readings")>]
    let readings observation (learner: Learner<'sample>) =
        // Inputs of the networks beyond an observation are the one-hot task id.
        let tasks = learner.Agent.Description.ObsSize - observation

        learner.State.RowLayers()
        |> Result.map (fun steps ->
            let whole =
                if tasks > 0 then
                    RowStep.Next(oneHot tasks) :: steps
                else
                    steps

            match learner.Evaluated with
            | Some tasks -> RowSteps.ofTasks tasks whole
            | None -> whole)

    /// The greedy policy of `readings` alone.
    [<CompiledName("RowLayers")>]
    let rowLayers observation learner =
        readings observation learner |> Result.map (Row.alone observation)

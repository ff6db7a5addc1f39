/// Outputs of the networks of an on-policy agent.
module internal MtrlFunctional.Algorithms.OnPolicyNetworks

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// Lower bound of σ in a single task, and of the σ by which observations are limited: positions that hardly ever
/// change, such as a button's, are scaled by 100 at most.
[<Literal>]
let LeastObsDeviation = 0.01

/// Mean and σ of the leading columns, as observations are scaled with: [columns] or [tasks; columns].
let private moments (scaling: ObsScaling) (state: OnPolicyState) =
    let leading x =
        Tensor.narrow -1 0L (int64 scaling.Columns) x

    let deviation = Tensor.sqrt (1e-8 +. leading state.Obs.Variance)

    leading state.Obs.Mean,
    (if scaling.PerTask then
         Tensor.clampMin LeastObsDeviation deviation
     else
         deviation)

/// `scaled` on the row of one task.
let scaling (agent: OnPolicyAgent) (state: OnPolicyState) : RowStep list =
    match agent.Config.ObsScaling with
    | None -> []
    | Some scaling ->
        let mean, std = moments scaling state

        let numbers (x: Tensor) : RowNumbers = {
            Shape = [ scaling.Columns ]
            Sets = if scaling.PerTask then agent.Config.Tasks else 1
            SetOf = []
            Values = Tensor.toFloats x
        }

        [
            RowStep.Next(RowLayer.Standardise(numbers mean, numbers std, float32 scaling.Clip))
        ]

/// (x − mean) / σ of the leading columns, limited; [tasks; rows; obs].
[<CompiledName("Scaled")>]
let scaled (agent: OnPolicyAgent) (state: OnPolicyState) (obs: Tensor) =
    match agent.Config.ObsScaling with
    | None -> obs
    | Some scaling ->
        let columns = int64 scaling.Columns
        let mean, std = moments scaling state

        let ofRows x =
            if scaling.PerTask then Tensor.unsqueeze 1 x else x

        let mean, std = ofRows mean, ofRows std
        let normalised = (Tensor.narrow -1 0L columns obs .- mean) ./ std
        let limited = Tensor.clamp (-scaling.Clip) scaling.Clip normalised
        let rest = Tensor.size -1 obs - columns

        if rest = 0L then
            limited
        else
            Tensor.cat -1 [| limited; Tensor.narrow -1 columns rest obs |]

/// Views of a fixed vector, for the active task or for all tasks.
let private constants (agent: OnPolicyAgent) layout vector =
    let views = Layout.views layout vector

    match agent.ActiveTask with
    | Some task -> Sharing.ofTask layout (int64 task) views
    | None -> views

/// Parameters of the policy or of the value function with the fixed task embeddings.
let private withEmbeddings
    (agent: OnPolicyAgent)
    (state: OnPolicyState)
    part
    (parameters: Weights)
    =
    if agent.EmbeddingLayout.Slots.IsEmpty then
        parameters
    else
        Weights.overlay (constants agent agent.EmbeddingLayout state.Embeddings) part parameters

/// The policy's parameters with the fixed parameters: a σ that is not trained, and task embeddings.
let withFixed (agent: OnPolicyAgent) (state: OnPolicyState) (parameters: Weights) : Weights =
    let parameters = withEmbeddings agent state "policy" parameters

    if agent.FixedLayout.Slots.IsEmpty then
        parameters
    else
        let all = System.Collections.Generic.Dictionary<string, Tensor> parameters
        all["std"] <- (constants agent agent.FixedLayout state.Fixed)["std"]
        all

/// Rows of episodes, sequence after sequence.
let private input (agent: OnPolicyAgent) obs = {
    NetworkInput.ofRows obs with
        Task = agent.ActiveTask
        Sequences =
            agent.Config.Memory
            |> Option.map (fun memory -> { Steps = memory.Steps; Start = None })
}

/// The policy's parameters as constants.
[<CompiledName("PolicyViews")>]
let policyViews (agent: OnPolicyAgent) (state: OnPolicyState) : Weights =
    Layout.views agent.PolicyLayout state.Policy.Values |> withFixed agent state

/// The state of the memory after scaled observations [tasks; rows; obs], one of each row, from states
/// [tasks; rows; units].
let stepMemory (agent: OnPolicyAgent) (parameters: Weights) before obs =
    match agent.Memory with
    | Some memory ->
        memory.Run parameters {
            NetworkInput.ofRows obs with
                Sequences = Some { Steps = 1; Start = Some before }
        }
    | None -> obs

/// Numbers of the actions of the active task, or of all tasks; none where every action has all.
let actionMask (agent: OnPolicyAgent) options =
    ActionMask.create options agent.Config.ActionSize agent.ActiveTask agent.Config.ActionSizes

/// The policy at its own input: scaled observations, or states of the memory [tasks; rows; units].
[<CompiledName("Decide")>]
let decide (agent: OnPolicyAgent) (parameters: Weights) features : ActionDistribution =
    let output = agent.Policy.Run parameters (input agent features)

    match agent.Config.Actions with
    | PolicyKind.Gaussian std ->
        GaussianActions {
            Mean = output
            LogStd = GaussianPolicy.logStd std parameters["std"]
            Mask = actionMask agent (TensorOptions.ofTensor output)
        }
    | PolicyKind.Categorical -> CategoricalActions(Categorical.ofLogits output)

/// Chunks of rows with the states before their first rows, from the states before all rows [tasks; rows; units].
let private chunks (agent: OnPolicyAgent) (before: Tensor) : Sequences =
    let steps = OnPolicyConfig.block agent.Config
    let tasks, units = Tensor.size 0 before, Tensor.size 2 before

    {
        Steps = steps
        Start =
            Tensor.reshape [| tasks; -1L; int64 steps; units |] before
            |> Tensor.select 2 0L
            |> Some
    }

/// The policy's input from scaled observations [tasks; rows; obs]: the observations, or the output of a memory after
/// each step of whole rows of episodes; with the states `before` each row, of whole chunks.
let policyRows (agent: OnPolicyAgent) (parameters: Weights) (before: Tensor option) obs =
    match agent.Memory, before with
    | None, _ -> obs
    | Some memory, None -> memory.Run parameters (input agent obs)
    | Some memory, Some before ->
        memory.Run parameters { input agent obs with Sequences = Some(chunks agent before) }

/// The policy at scaled observations [tasks; rows; obs]; with a memory as `policyRows`.
let policy (agent: OnPolicyAgent) (parameters: Weights) before obs : ActionDistribution =
    policyRows agent parameters before obs |> decide agent parameters

/// The state of the memory before each row, from the states after the rows [tasks; rows; units] of whole episodes: zero before
/// the first step.
let statesBefore (agent: OnPolicyAgent) (after: Tensor) =
    let steps = int64 (OnPolicyConfig.sequence agent.Config)
    let units = Tensor.size 2 after
    let rows = Tensor.reshape [| -1L; steps; units |] after
    let first = Tensor.fullLike 0.0 (Tensor.narrow 1 0L 1L rows)

    Tensor.cat 1 [| first; Tensor.narrow 1 0L (steps - 1L) rows |]
    |> Tensor.reshape (Tensor.shape after)

/// The weight in the loss, and the squared error of the goal that is predicted from outputs of the memory, summed over
/// its numbers, [tasks; rows]; none if no goal is hidden.
let goalError (agent: OnPolicyAgent) (parameters: Weights) remembered obs =
    match agent.Config.Memory, agent.Goal with
    | Some { Goal = Some goal }, Some network ->
        let predicted =
            Columns.read goal.PredictedFrom remembered
            |> NetworkInput.ofRows
            |> network.Run parameters

        let error = predicted .- Columns.read goal.Observed obs
        Some(goal.Weight, Tensor.sumDim 2 (error .* error))
    | _ -> None

/// The value function's input from rows of whole sequences of `steps`: scaled observations [tasks; rows; obs], or the
/// output of a shared memory, as a constant.
let valueRows (agent: OnPolicyAgent) (state: OnPolicyState) steps obs =
    match agent.Config.Memory, agent.Memory, agent.Value with
    | Some { IsShared = true }, Some memory, Some _ ->
        memory.Run (policyViews agent state) {
            NetworkInput.ofRows obs with
                Sequences = Some { Steps = steps; Start = None }
        }
        |> Tensor.detach
    | _ -> obs

/// The value function's parameters with the fixed task embeddings.
let valueWithEmbeddings agent state (parameters: Weights) : Weights =
    withEmbeddings agent state "value" parameters

let private valueOf agent (parameters: Weights) (input: NetworkInput) step =
    match agent.Config.Value, agent.Value with
    | ValueNetwork value, Some network ->
        let output = Tensor.squeeze 2 (network.Run parameters input)

        match value.PopArt with
        | Some _ -> parameters["popart/gain"] .* output .+ parameters["popart/shift"]
        | None -> output
    | _ -> LinearValue.value parameters["coefficients"] (LinearValue.features input.Rows step)

/// Output of the value function at its rows [tasks; rows; n] (`valueRows`) and steps [tasks; rows]: V
/// in the units of the network, [tasks; rows]. With a memory, of whole rows of episodes.
[<CompiledName("Value")>]
let value (agent: OnPolicyAgent) (parameters: Weights) obs step =
    valueOf agent parameters (input agent obs) step

/// The same with a memory, of rows of episodes that are followed by their last observation:
/// [tasks; episodes · (steps + 1); obs].
let valueWithLast (agent: OnPolicyAgent) (parameters: Weights) obs step =
    let steps = OnPolicyConfig.sequence agent.Config + 1

    valueOf
        agent
        parameters
        { input agent obs with Sequences = Some { Steps = steps; Start = None } }
        step

let private perTask (x: Tensor) = Tensor.unsqueeze 1 x

let private normalises (agent: OnPolicyAgent) =
    match agent.Config.Value with
    | ValueNetwork { PopArt = Some _ } -> true
    | _ -> false

/// V in units of the return.
[<CompiledName("InReturns")>]
let inReturns (agent: OnPolicyAgent) (state: OnPolicyState) (value: Tensor) =
    if normalises agent then
        perTask (RunningMoments.deviation state.Return) .* value
        .+ perTask state.Return.Mean
    else
        value

/// Returns in units of the value function's output.
let inOutputs (agent: OnPolicyAgent) (state: OnPolicyState) (returns: Tensor) =
    if normalises agent then
        (returns .- perTask state.Return.Mean)
        ./ perTask (RunningMoments.deviation state.Return)
    else
        returns

/// V in units of the return as a row, from scaled observations; none where it is no network of one observation, or has a part
/// that cannot be expressed so.
let valueRow (agent: OnPolicyAgent) (state: OnPolicyState) (obs: Row) : Row option =
    match agent.Config.Value, agent.Config.Memory with
    | ValueNetwork value, None ->
        let parameters =
            Layout.views agent.ValueLayout state.Value.Values
            |> valueWithEmbeddings agent state

        let inUnits row =
            match value.PopArt with
            | None -> row
            | Some _ ->
                let gain =
                    perTask (RunningMoments.deviation state.Return) .* parameters["popart/gain"]

                let shift = inReturns agent state parameters["popart/shift"]

                Row.apply
                    (RowLayer.ScaleTask(RowDense.numbers 1 gain, RowDense.numbers 1 shift))
                    row

        value.Spec.OnRow (RowSource.ofTasks agent.Config.Tasks None parameters) "" obs
        |> Result.map inUnits
        |> Result.toOption
    | _ -> None

/// States of on-policy agents as named tensors (names: `NamedTensors`); "statistics/…" are the
/// running statistics of observations, rewards and returns, "surgery/…" the state of surgery, "earlier/…" the
/// policies that play the next iterations.
module internal MtrlFunctional.Algorithms.OnPolicyCheckpoint

open MtrlFunctional.Tensors

let private policy (agent: OnPolicyAgent) = "policy", agent.PolicyLayout
let private value (agent: OnPolicyAgent) = "value", agent.ValueLayout
let private fixedPart (agent: OnPolicyAgent) = "fixed", agent.FixedLayout

/// Names and shapes of the statistics.
let private statistics (agent: OnPolicyAgent) =
    let tasks = [| int64 agent.Config.Tasks |]

    [
        "statistics/obs", OnPolicyConfig.obsStatistics agent.Config
        "statistics/reward", tasks
        "statistics/return", tasks
    ]

/// Whether actions depend on the tensor of this name.
[<CompiledName("IsPlayed")>]
let isPlayed (name: string) =
    // Names of a task's own agent begin with "task/NUMBER/".
    let own =
        if name.StartsWith "task/" then
            name.Substring(name.IndexOf('/', 5) + 1)
        else
            name

    [ "policy/"; "fixed/"; "statistics/" ] |> List.exists own.StartsWith

/// Names of a policy that plays a later iteration, and of the statistics that scale its observations.
let private earlier i = $"earlier/{i}", $"earlier/{i}/obs"

let private iterations = "iterations"

/// Name prefixes of the surgery states, with their initial values.
let private ofPolicy (agent: OnPolicyAgent) =
    "surgery/policy", OnPolicySurgery.start agent.Config _.OfPolicy

let private ofValue (agent: OnPolicyAgent) =
    "surgery/value", OnPolicySurgery.start agent.Config _.OfValue

/// Name and number of the entropy coefficients, where they are learned.
let private coefficients (agent: OnPolicyAgent) =
    match EntropyTuning.start agent.Config with
    | [||] -> None
    | each -> Some("entropy/coefficient", each.Length)

/// The tensors of a state by name. They are views: valid as long as the state.
[<CompiledName("ToNamed")>]
let toNamed agent (state: OnPolicyState) : (string * Tensor) list = [
    yield! state.Policy |> (policy agent ||> NamedTensors.ofAdamState)
    yield! state.Value |> (value agent ||> NamedTensors.ofAdamState)
    yield! state.Fixed |> (fixedPart agent ||> NamedTensors.ofVector)

    for (name, _), running in List.zip (statistics agent) [ state.Obs; state.Reward; state.Return ] do
        yield! RunningCheckpoint.toNamed name running

    // Before the first update they are the policy itself.
    if state.Iterations > 0L then
        for i, player in List.indexed state.Earlier do
            let name, obs = earlier i
            yield! player.Values |> NamedTensors.ofVector name agent.PolicyLayout
            yield! RunningCheckpoint.toNamed obs player.Obs

    for name, count in Option.toList (coefficients agent) do
        name, Tensor.ofDoubles [| int64 count |] state.EntropyCoefficient

    iterations, Tensor.ofLongs [||] [| state.Iterations |]
    yield! SurgeryCheckpoint.toNamed (fst (ofPolicy agent)) state.PolicySurgery
    yield! SurgeryCheckpoint.toNamed (fst (ofValue agent)) state.ValueSurgery
]

/// The state of named tensors; or every name that is missing or has another shape. The numbers are
/// copied with the options `place`.
[<CompiledName("OfNamed")>]
let ofNamed agent place (find: string -> Tensor option) : Result<OnPolicyState, string list> =
    let players =
        match agent.Config.Lag, find iterations with
        | Some lag, Some _ when NamedTensors.count find iterations > 0L -> [ 0 .. lag.Updates - 1 ]
        | _ -> []

    let faults = [
        yield! NamedTensors.faultsOfAdamState find (policy agent)
        yield! NamedTensors.faultsOfAdamState find (value agent)
        yield! NamedTensors.faultsOfVector find (fixedPart agent)

        for part in statistics agent do
            yield! RunningCheckpoint.faults find part

        for name, count in Option.toList (coefficients agent) do
            yield! NamedTensors.fault find name [ int64 count ]

        yield! NamedTensors.fault find iterations []

        for i in players do
            let name, obs = earlier i
            yield! NamedTensors.faultsOfVector find (name, agent.PolicyLayout)
            yield! RunningCheckpoint.faults find (obs, OnPolicyConfig.obsStatistics agent.Config)

        yield! SurgeryCheckpoint.faults find (ofPolicy agent)
        yield! SurgeryCheckpoint.faults find (ofValue agent)
    ]

    let running name =
        RunningCheckpoint.ofNamed place find name

    match faults, List.map fst (statistics agent) with
    | [], [ obs; reward; returns ] ->
        Ok(
            Tensors.scope OnPolicyState.owns (fun () ->
                let state = {
                    Policy = NamedTensors.adamState place find (policy agent)
                    Value = NamedTensors.adamState place find (value agent)
                    Fixed = NamedTensors.vector place find (fixedPart agent)
                    Embeddings = OnPolicyState.embeddings agent place
                    EntropyCoefficient =
                        match coefficients agent with
                        | Some(name, _) -> find name |> Option.get |> Tensor.toDoubles
                        | None -> [||]
                    Obs = running obs
                    Reward = running reward
                    Return = running returns
                    Earlier = [
                        for i in players do
                            let name, obs = earlier i

                            {
                                Values = NamedTensors.vector place find (name, agent.PolicyLayout)
                                Obs = running obs
                            }
                    ]
                    Iterations = NamedTensors.count find iterations
                    PolicySurgery = SurgeryCheckpoint.ofNamed find (ofPolicy agent)
                    ValueSurgery = SurgeryCheckpoint.ofNamed find (ofValue agent)
                }

                if state.Iterations = 0L then
                    OnPolicyState.playedByItself agent state
                else
                    state)
        )
    | faults, _ -> Error faults

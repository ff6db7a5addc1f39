/// MT-PPO, MT-TRPO and IMPALA as agents: one for all tasks, or one for each.
module MtrlFunctional.Agents.OnPolicyAlgorithm

open System.Collections.Generic
open MtrlFunctional
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// Of as many equal agents.
let private describe members (agent: OnPolicyAgent) : AgentDescription =
    let config, parts = agent.Config, OnPolicyState.parts agent 0

    let all role =
        int64 members * StatePart.countOf role parts

    let owners = if members = 1 then "" else $", by each of {members} agents"

    {
        AgentDescription.create
            (config.Tasks, config.ObsSize, config.ActionSize)
            (OnPolicyAgent.outlines agent)
            parts
            [ TrainedPart.create agent.PolicyLayout; TrainedPart.create agent.ValueLayout ] with
            Members = members
            Groups = members * config.Tasks
            NoiseSize = OnPolicy.noiseSize config
            MemorySize = OnPolicyConfig.memorySize config |> Option.defaultValue 0
            Parameters = {
                Trained = all PartRole.Trained
                Targets = 0L
                Fixed = all PartRole.Fixed
            }
            LeastEntropy = EntropyTuning.least config.Actions
            ParameterTable = lazy (StatePart.tableOf owners parts)
    }

let private iteration (sample: EpisodeSample) = {
    Iteration.create sample.Key sample.Progress sample.Episodes with
        Lag = sample.Lag
}

/// As `OnPolicy.update`. Only parameters learn for which `mask`, a state of the agent, has 1; with them the statistics of
/// rewards and returns and the entropy coefficients.
let private updateWithin agent (mask: OnPolicyState) state sample =
    let mask: LearningMask = { Policy = mask.Policy.Values; Value = mask.Value.Values }

    OnPolicy.update { agent with Mask = Some mask } state (iteration sample)

/// The functions of an agent for all tasks.
let algorithm (agent: OnPolicyAgent) : Algorithm<OnPolicyState, EpisodeSample> = {
    Description = describe 1 agent
    Start = OnPolicyState.create agent
    Owns = OnPolicyState.owns
    Act = OnPolicy.act agent
    ActGreedily = OnPolicy.actGreedily agent
    Update = fun state sample -> OnPolicy.update agent state (iteration sample)
    RowLayers = OnPolicy.rowLayers agent
    ToNamed = OnPolicyState.toNamed agent
    OfNamed = OnPolicyState.ofNamed agent
    Capabilities = {
        Capabilities.None with
            BehaviourPolicies = OnPolicyState.behaviourPolicies
            StepMemory = agent.Memory |> Option.map (fun _ -> OnPolicy.stepMemory agent)
            UpdateWithin =
                match agent.Config.Improve with
                | GradientSteps _ -> Some(updateWithin agent)
                | TrustRegionStep _ -> None
            UpdateWithConflicts =
                Some(fun state step number sample ->
                    OnPolicy.updateWithConflicts agent state step number (iteration sample))
    }
}

/// One update of every agent from the episodes of its task; one without a step stays as it is. Metrics are means over the agents that
/// learn, but for the coefficients of entropy.
let private updateEach
    (shards: IShards)
    (one: Algorithm<OnPolicyState, EpisodeSample>)
    (states: OnPolicyState list)
    (sample: EpisodeSample)
    =
    let owned (states, metrics) =
        Seq.append (Seq.collect one.Owns states) (Metrics.owns metrics)

    let given = HashSet(Seq.collect one.Owns states, HashIdentity.Reference)
    let learned = Array.create states.Length ([], [])

    let learn task =
        let episodes = Episodes.task task sample.Episodes

        let next, metrics =
            if Episodes.steps episodes = 0 then
                { states[task] with Earlier = OnPolicyState.nextPlayers states[task] }, []
            else
                one.Update states[task] {
                    sample with
                        Key = Key.forPurpose $"task/{task}" sample.Key
                        Episodes = episodes
                }

        learned[task] <- [ next ], EntropyStep.others metrics
        // Unchanged tensors stay owned by the previous states.
        owned learned[task] |> Seq.filter (given.Contains >> not) |> Seq.toArray

    Tensors.scope owned (fun () ->
        shards.Map(fun worker ->
            [| worker .. shards.Count .. states.Length - 1 |] |> Array.collect learn)
        |> ignore

        let states = learned |> Seq.collect fst |> Seq.toList

        let means =
            learned
            |> Array.map snd
            |> Array.filter (List.isEmpty >> not)
            |> Array.toList
            |> Metrics.means

        states, means @ EntropyStep.measure states)

/// The functions of agents of single tasks, each trained on the episodes of its task only. They share nothing: networks,
/// optimisers, minibatches, early stopping, trust regions and running statistics are separate. `config` is for a single
/// task; workers run the updates; states are in the order of the tasks.
let internal forEachTask
    (shards: IShards)
    tasks
    (config: OnPolicyConfig)
    : Algorithm<OnPolicyState list, EpisodeSample> =
    let agent = OnPolicyAgent.create (Shards.serial 1) config
    let one = algorithm agent
    let owns (states: OnPolicyState list) = Seq.collect one.Owns states
    let part task (x: Tensor) = Tensor.narrow 0 (int64 task) 1L x
    let named task name = $"task/{task}/{name}"

    let together (actions: int -> OnPolicyState -> Tensor) states =
        Tensors.constant Seq.singleton (fun () ->
            Tensor.cat 0 (states |> List.mapi actions |> List.toArray))

    let ofNamed options find task =
        one.OfNamed options (named task >> find)
        |> Result.mapError (List.map (named task))

    {
        Description = describe tasks agent
        Start =
            fun key options -> [
                for task in 0 .. tasks - 1 -> one.Start (Key.forPurpose $"task/{task}" key) options
            ]
        Owns = owns
        Act =
            fun states obs noise ->
                states
                |> together (fun task state -> one.Act state (part task obs) (part task noise))
        ActGreedily =
            fun states obs ->
                states |> together (fun task state -> one.ActGreedily state (part task obs))
        Update = updateEach shards one
        // The numbers of each task come from its agent.
        RowLayers = List.map one.RowLayers >> RowSteps.ofEachTask
        ToNamed =
            fun states -> [
                for task, state in List.indexed states do
                    for name, tensor in one.ToNamed state -> named task name, tensor
            ]
        OfNamed =
            fun options find ->
                Tensors.scope (Result.map owns >> Result.defaultValue Seq.empty) (fun () ->
                    match List.init tasks (ofNamed options find) |> Results.partition with
                    | states, [] -> Ok states
                    | _, faults -> Error(List.concat faults))
        Capabilities = {
            Capabilities.None with
                BehaviourPolicies =
                    fun states ->
                        states |> List.map one.Capabilities.BehaviourPolicies |> List.transpose
                StepMemory =
                    one.Capabilities.StepMemory
                    |> Option.map (fun step states memory obs ->
                        states
                        |> together (fun task state ->
                            step state (part task memory) (part task obs)))
        }
    }

/// The agent of a valid configuration: one for all tasks (`members` = 1), or one for each.
let internal create shards members (config: OnPolicyConfig) : AnyAgent =
    if members = 1 then
        OnPolicyAgent.create shards config
        |> algorithm
        |> Algorithm.toAgent
        |> AnyAgent.OnPolicy
    else
        forEachTask shards members config |> Algorithm.toAgent |> AnyAgent.OnPolicy

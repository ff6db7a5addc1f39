/// What an experiment's agent keeps of the steps before: a memory, or a history; and the rows that it learns from.
module internal MtrlFunctional.Experiments.AgentMemory

open MtrlFunctional.Spaces

/// The memory over trials, and the path of its keys; none for an agent of the present observation.
let tryFind (agent: Agent) : (string * MemoryKeys) option =
    match agent.Algorithm.Memory with
    | Some memory -> Some(MemoryKeys.ofAlgorithm, memory)
    | None when agent.Algorithm.Ppo.IsSome && agent.Context.Method = ContextMethod.Gru ->
        Some(ContextKeys.path, agent.Context.Memory)
    | None -> None

/// The trials of an agent with a memory; none for others.
[<CompiledName("TryTrial")>]
let tryTrial (agent: Agent) =
    tryFind agent |> Option.map (fun (_, memory) -> memory.Trial)

/// Whether the environments of a training show the goals that the policy does not read.
[<CompiledName("TrainsWithGoals")>]
let trainsWithGoals (agent: Agent) =
    tryFind agent |> Option.exists (fun (_, memory) -> memory.GoalWeight.IsSome)

/// Whether each episode of an evaluated trial counts by itself (`MemoryKeys`).
[<CompiledName("CountsEach")>]
let countsEach (agent: Agent) =
    tryFind agent |> Option.exists (fun (_, memory) -> memory.CountsEach)

/// The history in the observations of an agent that asks for one; none for others.
[<CompiledName("TryHistory")>]
let tryHistory (agent: Agent) : History option = agent.Algorithm.Own.History

/// Steps at which a training episode is cut. Raises ArgumentException for an off-policy algorithm.
[<CompiledName("EpisodeLength")>]
let episodeLength (agent: Agent) =
    (AlgorithmKeys.onPolicy agent.Algorithm).EpisodeLength

/// Steps of a row that an on-policy agent learns from: of an episode, or of a trial.
/// Raises ArgumentException for an off-policy algorithm.
let rowSteps (agent: Agent) =
    let episodes = tryTrial agent |> Option.map _.Episodes |> Option.defaultValue 1
    episodes * episodeLength agent

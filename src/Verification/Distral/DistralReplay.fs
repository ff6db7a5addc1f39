/// Replays golden files of Distral: updates of the agents in turn, on recorded rows and noise and
/// in double precision, must give the recorded losses and parameters.
module internal MtrlFunctional.Verification.DistralReplay

open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors
open MtrlFunctional.Storage
open MtrlFunctional.Verification.DistralGolden

/// Tolerance of parameters and losses, relative to 1 + |x|: rounding of several updates
/// accumulates.
let private tolerance = 1e-9

/// Recorded by agent, compared as their mean: name in the log, name here.
let private measured = [
    "actor_loss_agent_index_", "actor_loss"
    "actor_entropy_agent_index_", "actor_entropy"
    "alpha_loss_agent_index_", "alpha_loss"
    "actor_distilled_agent_loss_agent_index_", "distilled_loss"
    "critic_loss#", "critic_loss"
    "batch_reward#", "batch_reward"
]

let private logs recording k metrics =
    let file = recording.File
    let readings = Metrics.read metrics
    let prefix = recording.Writing.Log k
    let agents = recording.Agent.Config.Agents.Tasks

    [
        for recorded, ours in measured do
            // The first of several equal names has no index.
            let name i =
                if recorded.EndsWith '#' && i = 0 then
                    $"{prefix}{ours}"
                else
                    $"{prefix}{recorded}{i}"

            let names = List.init agents name

            if names |> List.forall file.Contains then
                let mean = names |> List.averageBy (fun name -> file.ReadDoubles(name)[0])
                let reading = readings |> Array.find (fun r -> r.Metric = ours)
                Check.scaled file.Path tolerance $"{prefix}{ours}" [| mean |] [| reading.Number |]
    ]

let private outcome recording k (state: SacState) =
    let agent, prefix = recording.Agent.Agents, recording.Writing.After k

    /// Recorded values of the first agent's part, or of the distilled policy's.
    let holds (place: string) =
        recording.File.Names |> Seq.exists _.StartsWith(prefix + place)

    let check part recorded (ours: Tensor) =
        Check.scaled
            recording.File.Path
            tolerance
            $"{prefix}{part}"
            (Tensor.toDoubles recorded)
            (Tensor.toDoubles ours)

    [
        for part, layout, ours in
            [
                "actor", agent.ActorLayout, state.Actor.Values
                "critic", agent.CriticLayout, state.Critic.Values
                "critic_target", agent.CriticLayout, state.Target

                match state.Parts.TryFind ModelParts.decoder.PartName with
                | Some(PartContent.Trained decoder) ->
                    "decoder", StatePart.layout ModelParts.decoder agent.Parts, decoder.Values
                | _ -> ()
            ] do
            if holds (recording.Writing.Agent 0 part) then
                check part (agents recording part layout prefix) ours

        if holds recording.Writing.Distilled then
            check "log_alpha" (temperatures recording prefix) state.LogAlpha.Values
            check "distilled" (distilled recording prefix) (state.Get DistralParts.distilled).Values
    ]

/// Checks of all recorded values of the updates, computed on a device.
let verify device (file: SafetensorsFile) : Check list =
    use _ = TorchSharp.torch.NewDisposeScope()
    let recording = read device file

    // Files of images have fewer updates.
    let updates =
        recording.Writing.Updates
        |> List.filter (fun k -> file.Names |> Seq.exists _.StartsWith(recording.Writing.Log k))

    let update (state, checks) k =
        let next, metrics = Distral.updateInTurn recording.Agent state (batches recording k)
        next, checks @ logs recording k metrics @ outcome recording k next

    updates |> List.fold update (start recording, []) |> snd

module MtrlFunctional.Tests.Agents.Td3Tests

open Expecto
open Expecto.Flip
open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Td3
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Algorithms.Examples

/// TD3 as an experiment whose words and keys were added to the table.
module Td3Examples =
    let words =
        Words.split
            "env=metaworld-mt10 agent=td3 env.tasks=[reach-v3,push-v3,drawer-close-v3]
            agent.actor.hidden_dim=8 agent.td3.policy_delay=3 agent.td3.target_std=0.3"

    let experiment =
        Experiment.resolveWith (Additions.ofAlgorithms [ Td3Entry.entry ]) words
        |> ok
        |> fst

    let setting: AgentSetting = {
        Environment = {
            Observation = EnvironmentSpec.vector 5
            Action = ActionSpace.Box 2
            Horizon = 10
            Terminates = true
        }
        Precision = Precision.Full
        Shards = Shards.serial 2
        TaskEmbeddings = None
    }

    /// Made by a catalogue with one more line.
    let agent =
        match Catalogue.createFrom (Catalogue.standard @ [ Td3Entry.entry ]) setting experiment with
        | AnyAgent.OffPolicy(agent, _) -> agent
        | AnyAgent.OnPolicy _ -> invalidOp "TD3 learns from replay."

    let start () = agent.Start(Key.ofSeed 3L, double)

    /// 8 rows of each task, different for each counter.
    let sample (counter: int64) =
        let sizes = { plain with ObsSize = agent.Description.ObsSize }
        batchOf sizes 8 counter |> ReplaySample.ofBatch

    let numbers (state: IAgentState<ReplaySample>) =
        state.Owns |> Seq.map Tensor.toDoubles |> Array.concat

    let update counter (state: IAgentState<ReplaySample>) =
        let struct (next, metrics) = state.Update(sample counter)
        next, metrics

    /// Updates with the given counters.
    let train counters state =
        (state, counters) ||> Seq.fold (fun state k -> fst (update k state))

    /// The numbers of the tensors below a name.
    let under name (state: IAgentState<ReplaySample>) =
        state.Named()
        |> List.filter (fun (path, _) -> path.StartsWith(name + "/"))
        |> List.map (snd >> Tensor.toDoubles)
        |> Array.concat

open Td3Examples

let ``TD3 through the agent record`` = [
    testCase "an update leaves its input untouched and gives the same bits twice" (fun () ->
        let state = train [ 1L .. 3L ] (start ())
        let before = numbers state
        let once, again = train [ 6L ] state, train [ 6L ] state
        numbers state |> equals before
        numbers once |> equals (numbers again)
        numbers once |> differsFrom before)

    testCase "the loss of the critics falls on a fixed batch" (fun () ->
        let loss (_, metrics) = reading "critic_loss" metrics
        // Between the delayed updates, so that the targets stay.
        let first = start () |> update 1L

        let last =
            (fst first, [ 1..200 ]) ||> List.fold (fun state _ -> fst (update 1L state))

        loss (update 1L last) |> isBelow (0.8 * loss first))

    testCase "actor and targets move in every third update alone" (fun () ->
        let state = start ()

        for counter in 0L .. 6L do
            let next = train [ counter ] state

            for part in [ "actor"; "actor_target"; "critic_target" ] do
                let hasMoved = under part next <> under part state
                hasMoved |> Expect.equal $"{part} {counter}" (counter % 3L = 0L)

            under "critic" next |> differsFrom (under "critic" state))

    testCase "checks and estimates of memory see its networks" (fun () ->
        match DescribedAgent.from (Catalogue.standard @ [ Td3Entry.entry ]) experiment with
        | None -> failtest "It has no description."
        | Some about ->
            let parts = about.Parts |> List.sumBy TrainedPart.count
            parts |> equals (float about.Parameters.Trained)
            about.ObsSize |> equals (39 + 3)

            (about.Networks |> List.map (fun (sizes, _) -> sizes.Features))
            |> equals [ 42; 46; 46 ])
]

let ``TD3 in the table of keys`` = [
    testCase "a wrong value, and a key of another algorithm, are mistakes" (fun () ->
        let mistakesOf words =
            match Experiment.resolveWith (Additions.ofAlgorithms [ Td3Entry.entry ]) words with
            | Ok _ -> []
            | Error mistakes -> mistakes |> List.map string

        let wrong = mistakesOf (words @ [ "agent.td3.policy_delay=0" ])
        wrong.Length |> equals 1
        wrong.Head |> startsWith "agent.td3.policy_delay = 0"

        for words in
            [
                words @ [ "agent.ppo.clip=0.1" ]
                [ "env=metaworld-mt10"; "agent=state_sac"; "agent.td3.policy_delay=3" ]
            ] do
            (mistakesOf words).Length |> Expect.equal (string words) 1)
]

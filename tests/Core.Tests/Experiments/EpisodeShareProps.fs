module MtrlFunctional.Tests.Experiments.EpisodeShareProps

open Expecto
open Expecto.Flip
open FsCheck
open MtrlFunctional.Experiments
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Experiments.Resolving

/// An iteration's rows, divided among processes.
let ``shares of an iteration`` = [
    let law name = testLaw 200 [] name

    let small most (x: PositiveInt) = 1 + (x.Get - 1) % most

    let batches = 4

    let planOf groups episodes =
        SamplingPlan.balanced (groups * episodes) 1 groups

    // The processes that play a row of each batch.
    let inBatch (plan: SamplingPlan) (players: int[]) = [
        for batch in 0 .. batches - 1 ->
            [
                for row in 0 .. players.Length - 1 do
                    let place = row % plan.Episodes

                    if
                        place >= EpisodeShares.firstOfBatch batches batch plan
                        && place < EpisodeShares.firstOfBatch batches (batch + 1) plan
                    then
                        players[row]
            ]
            |> List.distinct
    ]

    law
        "each row that is played has one process, and none has many more than the mean"
        (fun
            (groups: PositiveInt)
            (episodes: PositiveInt)
            (processes: PositiveInt)
            (played: PositiveInt[]) ->
            let groups, episodes, processes =
                small 10 groups, small 30 episodes + 3, small 9 processes

            let counts =
                Array.init groups (fun i ->
                    if played.Length = 0 then
                        episodes
                    else
                        small episodes played[i % played.Length])

            let plan = planOf groups episodes |> SamplingPlan.allotted counts
            let players = EpisodeShares.players processes batches plan

            let isRight =
                Array.indexed players
                |> Array.forall (fun (row, player) ->
                    if SamplingPlan.plays row plan then
                        0 <= player && player < processes
                    else
                        player = -1)

            let loads = players |> Array.filter ((<=) 0) |> Array.countBy id |> Array.map snd
            let mean = float (Array.sum counts) / float processes
            isRight && float (Array.max loads) <= max (1.1 * mean) (ceil mean))

    testCase "are whole batches where these are even" (fun () ->
        let plan = planOf 10 24

        for processes in [ 2; 4 ] do
            let players = EpisodeShares.players processes batches plan
            inBatch plan players |> List.map List.length |> areAll 1)

    testCase "have rows of all groups" (fun () ->
        let plan = planOf 10 25
        let players = EpisodeShares.players 5 batches plan

        for group in 0..9 do
            let own = players[group * 25 .. group * 25 + 24]
            Array.distinct own |> hasLength 5)
]

/// Whose updates processes share.
let ``updates that processes share`` = [
    let shares processes words =
        resolve (Words.split $"env=metaworld-mt10 {words}")
        |> UpdateShares.areShared processes

    let care =
        "agent=mtppo agent.multitask.should_use_task_encoder=True agent.encoder.type_to_select=moe agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention"

    testCase
        "are those of off-policy agents, and of recorded minibatches in as many parts"
        (fun () ->
            for processes, words, expected in
                [
                    2, "agent=state_sac", true
                    4, $"{care} setup.parts=4", true
                    3, $"{care} setup.parts=4", false
                    8, $"{care} setup.parts=4", false
                    2, $"{care} setup.parts=2 agent.on_policy.lag=1", false
                    2, $"{care} setup.parts=2 agent.surgery.method=pcgrad", false
                    // All epochs of dense layers are one call.
                    2, "agent=mtppo setup.parts=2", false
                ] do
                shares processes words |> Expect.equal words expected)
]

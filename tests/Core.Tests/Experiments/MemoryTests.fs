module MtrlFunctional.Tests.Experiments.MemoryTests

open Expecto
open MtrlFunctional.Experiments
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Experiments.Resolving

let ``memory estimate`` = [
    let estimate words =
        resolve ("env=metaworld-mt10" :: words) |> Memory.estimate Catalogue.standard

    let total words = estimate words |> List.sumBy _.Bytes

    let part name words =
        estimate words |> List.find (fun part -> part.Name = name)

    // Why this memory is too small for words, on a machine with a large disk.
    let refusal memory words =
        resolve ("env=metaworld-mt10" :: words)
        |> Placement.refusal Catalogue.standard memory System.Int64.MaxValue

    testCase "the paper's size fits a small machine" (fun () ->
        refusal 4_000_000_000L [ "agent.actor.hidden_dim=400"; "replay_buffer.batch_size=1280" ]
        |> equals None)

    testCase "an absurd replay is refused with its size and key" (fun () ->
        let why = (refusal 23_000_000_000L [ "replay_buffer.capacity=2000000000" ]).Value

        why |> startsWith "needs 213 GB of memory, 23 GB are free."

        why
        |> endsWith "lower replay_buffer.capacity, or set replay_buffer.backing=file.")

    testCase "parameters of the paper's networks are counted" (fun () ->
        let networks = part "networks" [ "agent.actor.hidden_dim=400"; "fidelity=original" ]

        // From the digest: actor 340 008, critics 677 602; seven vectors of each and two targets.
        let expected = 4.0 * (7.0 * (340_008.0 + 677_602.0) + 2.0 * 677_602.0)
        networks.Bytes |> equals expected)

    testLaw 15 [] "more of anything takes no less" (fun (a: uint16) (b: uint16) ->
        let low, high = int (min a b) + 10, int (max a b) + 10

        [
            "agent.actor.hidden_dim"
            "replay_buffer.batch_size"
            "replay_buffer.capacity"
        ]
        |> List.forall (fun key -> total [ $"{key}={low}" ] <= total [ $"{key}={high}" ]))

    // Whatever the networks: more of it takes no less, and its replay stays.
    testTheory
        "wider networks of any kind take more"
        (Words.split
            "agent=state_distral agent=mtppo agent=mttrpo agent=impala agent.encoder.type_to_select=moe
             agent.multitask.model=paco agent.multitask.model=moore agent.multitask.model=separate")
    <| fun word ->
        let networks (width: int) =
            (part "networks" [
                word
                $"agent.actor.hidden_dim={width}"
                "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=ensemble"
            ])
                .Bytes

        networks 100 |> isAbove 0.0
        networks 200 |> isAbove (1.5 * networks 100)

    // Sizes come from layouts, which are cheap and cannot overflow: nothing is allocated.
    testTheory "absurd networks are refused" [
        "agent.multitask.model=hypernetwork"
        "agent.multitask.should_use_pal=True"
        "agent.multitask.model=paco"
    ]
    <| fun word ->
        refusal 1_000_000_000_000L [
            word
            "agent.actor.hidden_dim=100000"
            "agent.multitask.pal_cfg.pal_dim=100000"
            "agent.multitask.hypernetwork_cfg.hidden_dim=100000"
            "agent.multitask.should_use_task_encoder=True"
        ]
        |> differsFrom None

    testTheory "sizes read well" [
        999.0, "999 B"
        1500.0, "1.5 kB"
        3.2e12, "3.2 TB"
        5e22, "50000 EB"
    ]
    <| fun (bytes, text) -> Memory.size bytes |> equals text

    // For surgery, and now and then for the record of conflicts.
    testCase "gradients task by task are counted where they are taken" (fun () ->
        let gradients words =
            "fidelity=original" :: "agent.actor.hidden_dim=400" :: words
            |> part "gradients of tasks"

        let unrecorded = "experiment.conflicts_freq=0"
        (gradients [ unrecorded ]).Bytes |> equals 0.0
        (gradients [ "agent.multitask.model=separate" ]).Bytes |> equals 0.0

        // Ten rows of both critics, each with 677,602 parameters together, by themselves and side by side.
        let recorded = gradients []
        recorded.Bytes |> isWithin 1.0 (4.0 * 2.0 * 10.0 * 677_602.0)
        recorded.Without |> equals (Some "experiment.conflicts_freq=0")
        let operated = gradients [ unrecorded; "agent.surgery.method=pcgrad" ]
        operated.Bytes |> equals recorded.Bytes
        operated.Without |> equals (Some "agent.surgery.method=none"))

    testCase
        "who has too little memory for gradients task by task is told what goes without"
        (fun () ->
            let words = [ "agent.actor.hidden_dim=4000"; "replay_buffer.capacity=1000" ]

            (refusal 1_000_000L words).Value
            |> endsWith "lower agent.actor.hidden_dim, or set experiment.conflicts_freq=0.")

    let ofPpo words =
        resolve ([ "env=mt-bandit"; "agent=mtppo"; "agent.actor.hidden_dim=800" ] @ words)

    testCase "a disk that cannot hold the checkpoints is named before the first" (fun () ->
        let refusal free words =
            Disk.refusal Catalogue.standard free [ { Experiment = ofPpo words; Saved = 0L } ]

        (refusal 1_000_000L []).Value
        |> matches
            @"^checkpoints take \d+ MB; the disk of the run folder has 1.0 MB. Lower agent.actor.hidden_dim, or choose another folder with setup.base_path.$"

        (refusal 200_000_000L []).IsNone |> isTrue

        let all = [ "experiment.save.model.retain_last_n=-1"; "experiment.save_freq=1000" ]

        (refusal 200_000_000L all).Value
        |> contains ", or set experiment.save.model.retain_last_n=1, or choose")

    testCase "a checkpoint that is larger than files may be is named before the first" (fun () ->
        (Disk.fileRefusal Catalogue.standard 1_000_000L (ofPpo [])).Value
        |> matches
            @"^a checkpoint has a file of \d+ MB, and files have at most 1.0 MB here \(ulimit -f\)."

        (Disk.fileRefusal Catalogue.standard 100_000_000L (ofPpo [])).IsNone |> isTrue)
]

namespace MtrlFunctional.Tests.Experiments

open NUnit.Framework
open FsCheck.NUnit
open MtrlFunctional.Experiments

[<TestFixture>]
module ``memory estimate`` =
    let private experiment words =
        match Experiment.resolve ("env=metaworld-mt10" :: words) with
        | Ok(e, _) -> e
        | Error mistakes -> failwith $"{mistakes}"

    let private total words =
        Memory.estimate (experiment words) |> List.sumBy _.Bytes

    [<Test>]
    let ``the paper's size fits a small machine`` () =
        let words = [ "agent.actor.hidden_dim=400"; "replay_buffer.batch_size=1280" ]

        Assert.That(
            Placement.refusal 4_000_000_000L System.Int64.MaxValue (experiment words),
            Is.EqualTo None
        )

    [<Test>]
    let ``an absurd replay is refused with its size and key`` () =
        match
            Placement.refusal
                23_000_000_000L
                System.Int64.MaxValue
                (experiment [ "replay_buffer.capacity=2000000000" ])
        with
        | Some why ->
            Assert.That(why, Does.StartWith "needs 213 GB of memory, 23 GB are free.")

            Assert.That(
                why,
                Does.EndWith "lower replay_buffer.capacity, or set replay_buffer.backing=file."
            )
        | None -> Assert.Fail "not refused"

    [<Test>]
    let ``parameters of the paper's networks are counted`` () =
        let networks =
            Memory.estimate (experiment [ "agent.actor.hidden_dim=400"; "fidelity=original" ])
            |> List.find (fun part -> part.Name = "networks")

        // From the digest: actor 340 008, critics 677 602; seven vectors of each and two targets.
        let expected = 4.0 * (7.0 * (340_008.0 + 677_602.0) + 2.0 * 677_602.0)
        Assert.That(networks.Bytes, Is.EqualTo expected)

    [<Property>]
    let ``more of anything takes no less`` (a: uint16) (b: uint16) =
        let low, high = int (min a b) + 10, int (max a b) + 10

        [
            "agent.actor.hidden_dim"
            "replay_buffer.batch_size"
            "replay_buffer.capacity"
        ]
        |> List.forall (fun key -> total [ $"{key}={low}" ] <= total [ $"{key}={high}" ])

    /// Whatever the networks: more of it takes no less, and its replay stays.
    [<TestCase("agent=state_distral")>]
    [<TestCase("agent=mtppo")>]
    [<TestCase("agent=mttrpo")>]
    [<TestCase("agent=impala")>]
    [<TestCase("agent.encoder.type_to_select=moe")>]
    [<TestCase("agent.multitask.model=paco")>]
    [<TestCase("agent.multitask.model=moore")>]
    [<TestCase("agent.multitask.model=separate")>]
    let ``wider networks of any kind take more`` (word: string) =
        let networks (width: int) =
            Memory.estimate (
                experiment [
                    word
                    $"agent.actor.hidden_dim={width}"
                    "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=ensemble"
                ]
            )
            |> List.find (fun part -> part.Name = "networks")
            |> _.Bytes

        Assert.That(networks 100, Is.GreaterThan 0.0)
        Assert.That(networks 200, Is.GreaterThan(1.5 * networks 100))

    /// Sizes come from layouts, which are cheap and cannot overflow: nothing is allocated.
    [<TestCase("agent.multitask.model=hypernetwork")>]
    [<TestCase("agent.multitask.should_use_pal=True")>]
    [<TestCase("agent.multitask.model=paco")>]
    let ``absurd networks are refused`` (word: string) =
        let words = [
            word
            "agent.actor.hidden_dim=100000"
            "agent.multitask.pal_cfg.pal_dim=100000"
            "agent.multitask.hypernetwork_cfg.hidden_dim=100000"
            "agent.multitask.should_use_task_encoder=True"
        ]

        Assert.That(
            Placement.refusal 1_000_000_000_000L System.Int64.MaxValue (experiment words),
            Is.Not.EqualTo None
        )

    [<TestCase(999.0, "999 B")>]
    [<TestCase(1500.0, "1.5 kB")>]
    [<TestCase(3.2e12, "3.2 TB")>]
    [<TestCase(5e22, "50000 EB")>]
    let ``sizes read well`` (bytes: float, text: string) =
        Assert.That(Memory.size bytes, Is.EqualTo text)

    /// A head for each of fifty tasks is most of such a network.
    [<Test>]
    let ``parameters of single tasks are counted`` () =
        let networks words =
            let words = "agent.actor.hidden_dim=400" :: "replay_buffer.batch_size=6400" :: words

            match Experiment.resolve ("env=metaworld-mt50" :: "agent=state_sac" :: words) with
            | Ok(e, _) ->
                Memory.estimate e |> List.find (fun part -> part.Name = "networks") |> _.Bytes
            | Error mistakes -> failwith $"{mistakes}"

        let plain = networks []
        let heads = networks [ "agent.multitask.should_use_multi_head_policy=True" ]
        let branches = networks [ "agent.multitask.should_use_pal=True" ]
        Assert.That(heads, Is.GreaterThan(15.0 * plain))
        Assert.That(branches, Is.InRange(1.5 * plain, 3.0 * plain))

    /// For surgery, and now and then for the record of conflicts.
    [<Test>]
    let ``gradients task by task are counted where they are taken`` () =
        let gradients words =
            Memory.estimate (
                experiment ("fidelity=original" :: "agent.actor.hidden_dim=400" :: words)
            )
            |> List.find (fun part -> part.Name = "gradients of tasks")

        let unrecorded = "experiment.conflicts_freq=0"
        Assert.That((gradients [ unrecorded ]).Bytes, Is.Zero)
        Assert.That((gradients [ "agent.multitask.model=separate" ]).Bytes, Is.Zero)

        // Ten rows of both critics, each with 677,602 parameters together, by themselves and side by side.
        let recorded = gradients []
        Assert.That(recorded.Bytes, Is.EqualTo(4.0 * 2.0 * 10.0 * 677_602.0).Within 1.0)
        Assert.That(recorded.Without, Is.EqualTo(Some "experiment.conflicts_freq=0"))
        let operated = gradients [ unrecorded; "agent.surgery.method=pcgrad" ]
        Assert.That(operated.Bytes, Is.EqualTo recorded.Bytes)
        Assert.That(operated.Without, Is.EqualTo(Some "agent.surgery.method=none"))

    [<Test>]
    let ``who has too little memory for gradients task by task is told what goes without`` () =
        let words = [
            "agent=state_sac"
            "agent.actor.hidden_dim=4000"
            "replay_buffer.capacity=1000"
        ]

        let why =
            Placement.refusal 1_000_000L System.Int64.MaxValue (experiment words)
            |> Option.get

        Assert.That(
            why,
            Does.EndWith "lower agent.actor.hidden_dim, or set experiment.conflicts_freq=0."
        )

    let private ofPpo words =
        match
            Experiment.resolve (
                [ "env=mt-bandit"; "agent=mtppo"; "agent.actor.hidden_dim=800" ] @ words
            )
        with
        | Ok(e, _) -> e
        | Error mistakes -> failwith $"{mistakes}"

    [<Test>]
    let ``a disk that cannot hold the checkpoints is named before the first`` () =
        let refusal free words =
            Disk.refusal free [ { Experiment = ofPpo words; Saved = 0L } ]

        Assert.That(
            (refusal 1_000_000L []).Value,
            Does.Match
                @"^checkpoints take \d+ MB; the disk of the run folder has 1.0 MB. Lower agent.actor.hidden_dim, or choose another folder with setup.base_path.$"
        )

        Assert.That((refusal 200_000_000L []).IsNone)

        let all = [ "experiment.save.model.retain_last_n=-1"; "experiment.save_freq=1000" ]

        Assert.That(
            (refusal 200_000_000L all).Value,
            Does.Contain ", or set experiment.save.model.retain_last_n=1, or choose"
        )

    [<Test>]
    let ``a checkpoint that is larger than files may be is named before the first`` () =
        Assert.That(
            (Disk.fileRefusal 1_000_000L (ofPpo [])).Value,
            Does.Match
                @"^a checkpoint has a file of \d+ MB, and files have at most 1.0 MB here \(ulimit -f\)."
        )

        Assert.That((Disk.fileRefusal 100_000_000L (ofPpo [])).IsNone)

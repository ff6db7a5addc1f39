module MtrlFunctional.Tests.Experiments.JobArrayTests

open System
open Expecto
open MtrlFunctional.Experiments

let private cluster text options = Cluster.read "slurm.yaml" text options

let private array words members : JobArray = {
    Name = "mt1"
    Folder = "runs/mt1"
    File = JobArray.ofSweep
    WorkingFolder = "/home/me/my work"
    Root = "runs/all 'of them"
    Words = words
    Program = [ "dotnet"; "mtrl.dll" ]
    Members = members
    Open = []
    Cluster = cluster "" [] |> ok
}

let ``an array of Slurm`` = [
    testCase "takes several further options as a list" (fun () ->
        let given = cluster "" [ "extra", "[--qos=high, --exclusive]" ] |> ok
        given.Extra |> equals [ "--qos=high"; "--exclusive" ])

    // What the script does with exit codes is run in `SubmitTests`.
    testCase "asks Slurm for what the cluster and the options say" (fun () ->
        let job = {
            array [ "preset=fast/mt10"; "setup.seed=1,2" ] [
                "seed-1", [ "train"; "setup.seed=1" ]
                "seed-2", [ "train"; "setup.name=a b"; "setup.seed=2" ]
            ] with
                Open = [ 1 ]
                Folder = "runs/100 %"
                Cluster =
                    cluster "partition: gpu\ntime: 90\ngpus: a100:1\nlaunch: srun -K1" [
                        "time", "1-2:30"
                        "cpus", "8"
                        "extra", "--qos=high"
                    ]
                    |> ok
        }

        let lines = (JobArray.text job).Split '\n'

        lines
        |> Array.filter _.StartsWith("#SBATCH ")
        |> Array.map _.Substring(8)
        |> String.concat " "
        |> equals
            "--job-name=\"mt1\" --array=1 --chdir=\"/home/me/my work\" --output=\"runs/100 %%/array-%a.log\" --open-mode=append --requeue --signal=B:USR1@180 --partition=gpu --time=1-02:30:00 --cpus-per-task=8 --gres=gpu:a100:1 --qos=high"

        lines |> includes "1) run=seed-2; set -- train 'setup.name=a b' setup.seed=2 ;;"
        lines |> includes "srun -K1 dotnet mtrl.dll \"$@\" &")

    testLaw 100 [] "tells its words again" (fun (words: string list) ->
        let words = words |> List.map string
        JobArray.wordsOf (JobArray.text (array words [])) = Some words)

    testLaw 100 [] "lists its members in ranges" (fun (numbers: Set<uint16>) ->
        let numbers = numbers |> Seq.map int |> List.ofSeq

        let listed =
            (JobArray.ranges numbers).Split(',', StringSplitOptions.RemoveEmptyEntries)
            |> List.ofArray
            |> List.collect (fun range ->
                let ends = range.Split '-' |> Array.map int
                [ ends[0] .. Array.last ends ])

        listed = numbers)

    testTheory "has members that train what the sweep does" [
        "setup.num_seeds=3"
        "setup.num_seeds=2 setup.name=exp-${setup.seed_ref}"
        "agent.actor.hidden_dim=8,16 setup.seed_ref=3,7"
        "agent.multitask.should_use_disentangled_alpha=True,False setup.save_dir=/tmp/x"
    ]
    <| fun words ->
        let runs, _ =
            Sweep.plan Additions.none ("env=metaworld-mt10" :: List.ofArray (words.Split ' '))
            |> ok

        for run in runs do
            Sweep.words run |> Experiment.resolve |> ok |> fst |> equals run.Experiment

    testTheory "takes as a time" [
        "90", "0-01:30:00"
        "10:30", "0-00:10:30"
        "4:00:00", "0-04:00:00"
        "100:00:00", "4-04:00:00"
        "2-0", "2-00:00:00"
        "1-12:30", "1-12:30:00"
        "1-12:30:05", "1-12:30:05"
    ]
    <| fun (text, expected) ->
        (cluster "" [ "time", text ] |> ok).Time
        |> Option.map Cluster.timeText
        |> equals (Some expected)

    testTheory "refuses a cluster with" [
        "partitoin: gpu", "slurm.yaml: partitoin: no such key. Nearest: partition."
        "time: tomorrow", "time = tomorrow: must be a time as Slurm writes it"
        "time: 1-2-3", "must be a time"
        "time: '4:59'", "time = 0-00:04:59: too short. Runs are asked to save 180 s before"
        "cpus: 0", "cpus = 0: must be a whole number from 1 to 1,024"
        "memory: much", "memory = much: must be a number with K, M, G or T"
        "partition: a b", "must be a word without blanks"
        "extra: [qos=high]", "must be options of sbatch"
        "- a", "slurm.yaml: line 1: there is no table of settings"
    ]
    <| fun (text, message) -> cluster text [] |> refused |> hasWith message

    testCase "names the option or the file of a mistake" (fun () ->
        cluster "cpus: many" [ "time", "abc" ]
        |> refused
        |> List.map (fun mistake -> mistake.Split(':')[0])
        |> equals [ "--time = abc"; "slurm.yaml" ])
]

let ``a member of an array`` = [
    let queued = MemberState.queued "17|3|PD|/home/me/runs/a|b/array.sbatch"

    testCase "is read from the queue" (fun () ->
        queued
        |> equals (
            Some {
                Script = "/home/me/runs/a|b/array.sbatch"
                Job = "17"
                Place = 3
                IsRunning = false
            }
        )

        MemberState.queued "18|N/A|R|(null)" |> equals None)

    let start, ended =
        "mtrl: seed-3 starts on a, job 7", (fun code -> $"mtrl: exit code {code}")

    let error = [ start; "step 20"; "mtrl: the disk is full"; ended 3; "" ]

    testNamed "fails by" [
        "an error", (error, Some("the disk is full", Some "7"))
        "an error here", ("mtrl: seed-3 starts on a" :: error.Tail, Some("the disk is full", None))
        "a death without a word", (error @ [ start; "oom-kill" ], Some("oom-kill", Some "7"))
        "a death at once", (error @ [ start ], Some("it printed nothing", Some "7"))
        "no end of what started it here", ([ "mtrl: seed-3 starts on a"; "step 20" ], None)
        "nothing before its start", ([], None)
        "no stop that saved", (error @ [ start; "x"; ended 143; "slurm: cancelled" ], None)
        "no error of another run", (error @ [ "mtrl: seed-30 starts on a, job 7"; ended 3 ], None)
    ]
    <| fun (log, expected) -> MemberState.failure "seed-3" log |> equals expected

    testTheory "ended, by the accounts of its cluster," [
        "3|OUT_OF_MEMORY|0:125|00:10:02", Some("3", "was out of memory after 00:10:02")
        "4|TIMEOUT|0:0|04:00:29", Some("4", "had not saved at its limit of time after 04:00:29")
        "1|CANCELLED by 1000|0:0|00:00:11", Some("1", "was cancelled after 00:00:11")
        "5|FAILED|0:9|00:00:01", Some("5", "ended by signal 9 after 00:00:01")
        "2|FAILED|3:0|1-02:00:00", Some("2", "ended with exit code 3 after 1-02:00:00")
        "6|RUNNING|0:0|00:00:19", None
        "7|COMPLETED|0:0|00:00:19", None
        "", None
    ]
    <| fun (line, expected) -> Accounting.ended line |> equals expected

    let running = queued |> Option.map (fun task -> { task with IsRunning = true })
    let saved, failed = MemberState.Stopped 40L, MemberState.Failed(40L, "x")

    testNamed "has the state of" [
        "its run", (MemberState.Finished, false, running, None, MemberState.Finished)
        "its queue", (saved, false, queued, Some "x", MemberState.Queued 40L)
        "its job", (saved, false, running, Some "x", MemberState.Running 40L)
        "its process", (MemberState.NotStarted, true, None, None, MemberState.Running 0L)
        "its checkpoint", (saved, false, None, None, saved)
        "its log", (saved, false, None, Some "x", failed)
    ]
    <| fun (folder, isAlive, queued, failure, expected) ->
        MemberState.decide folder isAlive queued failure |> equals expected
]

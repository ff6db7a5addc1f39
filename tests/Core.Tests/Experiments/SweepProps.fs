module MtrlFunctional.Tests.Experiments.SweepProps

open Expecto
open System.Text.RegularExpressions
open FsCheck
open FsCheck.FSharp
open MtrlFunctional.Experiments
open MtrlFunctional.Tests

/// Keys with several values each; some values are no safe names of folders.
type Combinations = {
    Keys: (string * string list) list
} with

    member this.Words = [
        for key, values in this.Keys do
            key + "=" + String.concat "," values
    ]

    override this.ToString() = String.concat " " this.Words

type SweepWords =
    static member Combinations() : Arbitrary<Combinations> =
        let texts =
            ArbMap.defaults
            |> ArbMap.generate<string>
            |> Gen.map (string >> Value.Text)
            // Spellings of a number are one value.
            |> Gen.filter (fun value ->
                value = Scalar.typed value && (ValueText.whole value).IsNone)
            |> Gen.map ValueText.print

        let plain =
            Gen.elements [ "1"; "3e-4"; "True"; "[1, 2]"; "{a: 1}"; "'a, b'"; "x"; "X" ]

        let key =
            Words.split
                "agent.actor.hidden_dim agent.critic.hidden_dim +setup.tags setup.name env setup.seed"
            |> Gen.elements

        let entry =
            Gen.choose (0, 2)
            |> Gen.bind (fun n -> Gen.listOfLength n (Gen.frequency [ 2, plain; 1, texts ]))
            |> Gen.zip key

        Gen.choose (1, 4)
        |> Gen.bind (fun n -> Gen.listOfLength n entry)
        |> Gen.map (fun entries ->
            let several = entries |> List.map (fun (key, vs) -> key, "0" :: vs @ [ "y" ])
            { Keys = List.distinctBy fst several })
        |> Arb.fromGen

let ``a sweep`` = [
    let law name = testLaw 100 [ typeof<SweepWords> ] name

    let jobs words = Sweep.jobs Additions.none words |> ok

    let mistakes words =
        match Sweep.plan Additions.none words with
        | Ok _ -> ""
        | Error mistakes -> mistakes |> List.map string |> String.concat "\n"

    let plan words =
        Sweep.plan Additions.none ("env=metaworld-mt1" :: words) |> ok |> fst

    let foldersOf words =
        plan words
        |> List.map (fun run -> $"{run.Experiment.Setup.SaveDir}/{run.Experiment.Setup.SeedRef}")

    law "has every combination once, the last word fastest" (fun (swept: Combinations) ->
        let found = jobs swept.Words |> List.map _.Picked

        let rec every keys =
            match keys with
            | [] -> [ [] ]
            | (key: string, values) :: rest -> [
                for value in List.distinct values do
                    for others in every rest -> (key.TrimStart '+', value) :: others
              ]

        let canonicalKeys = [
            for key, values in swept.Keys ->
                key, values |> List.map (ValueText.parse >> ok >> ValueText.print)
        ]

        found = every canonicalKeys |> Prop.label $"{found}")

    law
        "has a folder with a safe name of its own for each combination"
        (fun (swept: Combinations) ->
            let isPlacing (key, _) =
                key = "setup.name" || key = "setup.seed"

            let named =
                jobs swept.Words
                |> List.map (fun job -> List.filter (isPlacing >> not) job.Picked, job.Folder)
                |> List.distinct

            let names = List.map snd named

            (named |> List.distinctBy fst |> List.length = named.Length
             && names |> List.distinctBy _.ToLowerInvariant() |> List.length = names.Length
             && names
                |> List.forall (fun name -> Regex.IsMatch(name, @"^[A-Za-z0-9._+=,-]{0,100}$")))
            |> Prop.label $"{names}")

    // Names that differ in the case of a letter get a hash, for which long ones make room.
    testCase "has a folder of at most a hundred letters" (fun () ->
        let text = String.replicate 90 "a"
        let names = jobs [ "env=X,x"; $"setup.tags={text},y" ] |> List.map _.Folder
        names |> List.filter (fun name -> name.Length = 100) |> hasLength 2
        names |> List.distinct |> hasLength 4)

    law "reads the values that were printed" (fun (swept: Combinations) ->
        swept.Keys
        |> List.forall (fun (_, values) ->
            let read = values |> List.map (ValueText.parse >> Result.toOption >> Option.get)
            let printed = read |> List.map ValueText.print |> String.concat ","

            ValueText.alternatives printed = Ok(Some read)
            && ValueText.alternatives $"choice({printed})" = Ok(Some read)))

    testCase "trains once what several combinations resolve to" (fun () ->
        let runs, warnings =
            [
                "env=metaworld-mt1"
                "agent.critic.hidden_dim=64"
                "agent.actor.hidden_dim=64,32,${agent.critic.hidden_dim}"
                "setup.num_seeds=2"
            ]
            |> Sweep.plan Additions.none
            |> ok

        runs
        |> List.map _.Job.Folder
        |> equals [ "hidden_dim=64"; "hidden_dim=64"; "hidden_dim=32"; "hidden_dim=32" ]

        warnings
        |> List.map _.Text
        |> equals [ "is the configuration of hidden_dim=64, and is trained once." ])

    testCase "trains a task of two spellings once" (fun () ->
        let runs, warnings =
            [ "env=metaworld-mt1"; "env.benchmark.env_name=push,push-v3" ]
            |> Sweep.plan Additions.none
            |> ok

        runs |> hasLength 1

        warnings
        |> List.map string
        |> equals [
            "env_name=push-v3: is the configuration of env_name=push, and is trained once."
        ])

    testTheory "stands for" [
        "range(1,4)", "1 2 3"
        "range(1,4,step=2)", "1 3"
        "range(start=1,stop=4)", "1 2 3"
        "range(3)", "0 1 2"
        "range(0, 0.4, 0.1)", "0.0 0.1 0.2 0.3"
        "range(5,1,-2)", "5 3"
        "choice(a, [1,2], 'b, c')", "a [1, 2] 'b, c'"
        "[1,2],[3]", "[1, 2] [3]"
        "${setup.name},5", "'${setup.name}' 5"
        "choice(a)", "a"
    ]
    <| fun (text, expected) ->
        (ok (ValueText.alternatives text)).Value
        |> List.map ValueText.print
        |> String.concat " "
        |> equals expected

    testTheory "does not split" [
        "[128,256]"
        "{a: 1, b: 2}"
        "'a,b'"
        "'range(1,4)'"
        "128"
        "(a)"
    ]
    <| fun text -> ValueText.alternatives text |> equals (Ok None)

    testTheory "says what is wrong with" [
        "range(4,1)", "the range is empty"
        "range(0,1,0)", "the step of a range is 0"
        "range(0,1e9)", "more than 10000"
        "range(a,b)", "takes numbers"
        "interval(0,1)", "interval(…) is not known here; choice(a, b) and range(1, 4) are"
        "1,,2", "a value between commas is missing"
        "1,", "a value between commas is missing"
        "[1,2]x,3", "follows the closed value"
        "choice(", "the bracket of choice( is not closed"
        "range(start=1,stop=10,steps=2)", "takes numbers"
        "range(1,4", "the bracket of range( is not closed"
        "choice(8,16),32",
        "choice(…) is all values of its key: write those behind its bracket within it"
    ]
    <| fun (text, why) ->
        let word = $"agent.actor.hidden_dim={text}"
        mistakes [ "env=metaworld-mt1"; word ] |> startsWith word
        mistakes [ "env=metaworld-mt1"; word ] |> contains why

    testTheory "is asked for by -m" [
        "agent.actor.hidden_dim=8,16"
        "agent.actor.log_std_bounds=[-5,2],[-3,1]"
        "setup.seed_ref=range(4)"
        "env.goals=choice(hidden, visible)"
    ]
    <| fun word ->
        match Experiment.resolve [ "env=metaworld-mt1"; word ] with
        | Error [ ConfigError.Malformed(_, why) ] -> why |> contains "train -m"
        | other -> failtest $"{other}"

    testCase "takes the values of a key in one word" (fun () ->
        mistakes [ "env=metaworld-mt1"; "setup.seed=1"; "setup.seed_ref=1,2" ]
        |> equals "setup.seed_ref: is given twice; put all its values into one word."

        mistakes [ "env=metaworld-mt1"; "setup.seed_ref=range(5000)"; "+x=1,2,3" ]
        |> contains "more than 10000 combinations")

    testCase "tells the mistakes of all combinations once" (fun () ->
        let words =
            "env=metaworld-mt1 agent.builder.discount=0.5,2,3 agent.actr.x=1 setup.seed=1,2"

        (mistakes (Words.split words)).Split '\n' |> hasLength 3)

    testCase "names folders by the last parts of keys" (fun () ->
        let words =
            "setup.seed=1,2 agent.optimizers.actor.lr=1e-3,3e-4 agent.optimizers.critic.lr=1e-3 agent.builder.discount=0.9,0.99"

        foldersOf (Words.split words)
        |> List.truncate 3
        |> equals [
            "runs/run_name/lr=0.001,discount=0.9/1"
            "runs/run_name/lr=0.001,discount=0.99/1"
            "runs/run_name/lr=0.0003,discount=0.9/1"
        ]

        let both = [ "agent.optimizers.critic.lr=1,2"; "agent.optimizers.actor.lr=3,4" ]
        let first = List.head (foldersOf (both @ [ "setup.seed=1" ]))
        first |> equals "runs/run_name/critic.lr=1,actor.lr=3/1")

    // What names a folder by itself is not named again. Spellings of a whole number, also in groups of three digits, are one value.
    testTheory "has one folder a run" [
        "agent.actor.hidden_dim=8,8.0,1e1 setup.seed=1",
        "runs/run_name/hidden_dim=8/1 runs/run_name/hidden_dim=10/1"
        "agent.actor.hidden_dim=8k,8000,8_000,9 setup.seed=1",
        "runs/run_name/hidden_dim=8000/1 runs/run_name/hidden_dim=9/1"
        "replay_buffer.capacity=1,000,000 setup.seed=1", "runs/run_name/1"
        "setup.seed_ref=1,2", "runs/run_name/1 runs/run_name/2"
        "setup.num_seeds=2", "runs/run_name/42 runs/run_name/43"
        "setup.seed_ref=1,2 setup.num_seeds=2", "runs/run_name/1 runs/run_name/2 runs/run_name/3"
        "setup.name=a,b setup.seed=1", "runs/a/1 runs/b/1"
        "preset=ptsl/mt-sac-mt10,ptsl/care-mt10 setup.seed=1",
        "runs/ptsl-mt-sac-mt10/1 runs/ptsl-care-mt10/1"
        "preset=ptsl/mt-sac-mt10,ptsl/care-mt10 setup.name=a setup.seed=1",
        "runs/a/preset=ptsl-mt-sac-mt10/1 runs/a/preset=ptsl-care-mt10/1"
    ]
    <| fun (words, expected) -> foldersOf (Words.split words) |> equals (Words.split expected)

    testCase "does not let combinations share a folder" (fun () ->
        Words.split "env=metaworld-mt1 setup.base_path=a,b setup.save_dir=c setup.seed=1"
        |> mistakes
        |> startsWith "c/seed-1: several combinations would write there")

    // The same combination has the same folder in a larger sweep and in another notation.
    testCase "keeps its folders when it grows" (fun () ->
        let few = foldersOf [ "agent.optimizers.actor.lr=1e-3,3e-4"; "setup.seed=1" ]

        let many =
            foldersOf [ "agent.optimizers.actor.lr=0.001,0.0003,0.1"; "setup.seed=1,2" ]

        List.except many few |> isEmpty)
]

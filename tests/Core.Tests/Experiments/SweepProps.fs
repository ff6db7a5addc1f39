namespace MtrlFunctional.Tests.Experiments

open System.Text.RegularExpressions
open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open FsCheck.NUnit
open MtrlFunctional.Experiments

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
            |> Gen.map (fun text -> ValueText.print (Value.Text(string text)))

        let plain =
            Gen.elements [ "1"; "3e-4"; "True"; "[1, 2]"; "{a: 1}"; "'a, b'"; "x"; "X" ]

        let key =
            Gen.elements [
                "agent.actor.hidden_dim"
                "agent.critic.hidden_dim"
                "+setup.tags"
                "setup.name"
                "env"
                "setup.seed"
            ]

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

[<TestFixture; Properties(Arbitrary = [| typeof<SweepWords> |], MaxTest = 100)>]
module ``a sweep`` =
    let private jobs words =
        match Sweep.jobs words with
        | Ok jobs -> jobs
        | Error mistakes -> failwith $"{mistakes}"

    let private mistakes words =
        match Sweep.plan words with
        | Ok _ -> ""
        | Error mistakes -> mistakes |> List.map string |> String.concat "\n"

    let private plan words =
        match Sweep.plan ("env=metaworld-mt1" :: words) with
        | Ok(runs, _) -> runs
        | Error mistakes -> failwith $"{mistakes}"

    let private foldersOf words =
        plan words
        |> List.map (fun run -> $"{run.Experiment.Setup.SaveDir}/{run.Experiment.Setup.SeedRef}")

    [<Property>]
    let ``has every combination once, the last word fastest`` (swept: Combinations) =
        let found = jobs swept.Words |> List.map _.Picked

        let rec every keys =
            match keys with
            | [] -> [ [] ]
            | (key: string, values) :: rest -> [
                for value in List.distinct values do
                    for others in every rest -> (key.TrimStart '+', value) :: others
              ]

        let canonical (key, value) =
            match ValueText.parse value with
            | Ok value -> key, List.singleton (ValueText.print value)
            | Error why -> failwith $"{value}: {why}"

        let canonicalKeys =
            swept.Keys
            |> List.map (fun (key, values) ->
                key, values |> List.map (fun v -> List.head (snd (canonical (key, v)))))

        found = every canonicalKeys |> Prop.label $"{found}"

    [<Property>]
    let ``has a folder with a safe name of its own for each combination`` (swept: Combinations) =
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
        |> Prop.label $"{names}"

    /// Names that differ in the case of a letter get a hash, for which long ones make room.
    [<Test>]
    let ``has a folder of at most a hundred letters`` () =
        let text = String.replicate 90 "a"
        let names = jobs [ "env=X,x"; $"setup.tags={text},y" ] |> List.map _.Folder
        Assert.That(names, Has.Exactly(2).Length.EqualTo(100))
        Assert.That(names |> List.distinct, Has.Length.EqualTo 4)

    [<Property>]
    let ``reads the values that were printed`` (swept: Combinations) =
        swept.Keys
        |> List.forall (fun (_, values) ->
            let read = values |> List.map (ValueText.parse >> Result.toOption >> Option.get)
            let printed = read |> List.map ValueText.print |> String.concat ","

            ValueText.alternatives printed = Ok(Some read)
            && ValueText.alternatives $"choice({printed})" = Ok(Some read))

    [<TestCase("range(1,4)", "1 2 3")>]
    [<TestCase("range(3)", "0 1 2")>]
    [<TestCase("range(0, 0.4, 0.1)", "0.0 0.1 0.2 0.3")>]
    [<TestCase("range(5,1,-2)", "5 3")>]
    [<TestCase("choice(a, [1,2], 'b, c')", "a [1, 2] 'b, c'")>]
    [<TestCase("[1,2],[3]", "[1, 2] [3]")>]
    [<TestCase("${setup.name},5", "'${setup.name}' 5")>]
    [<TestCase("choice(a)", "a")>]
    let ``stands for`` (text: string) (expected: string) =
        match ValueText.alternatives text with
        | Ok(Some values) ->
            let printed = values |> List.map ValueText.print |> String.concat " "
            Assert.That(printed, Is.EqualTo expected)
        | other -> Assert.Fail $"{other}"

    [<TestCase "[128,256]">]
    [<TestCase "{a: 1, b: 2}">]
    [<TestCase "'a,b'">]
    [<TestCase "'range(1,4)'">]
    [<TestCase "128">]
    [<TestCase "(a)">]
    let ``does not split`` (text: string) =
        Assert.That((ValueText.alternatives text = Ok None))

    [<TestCase("range(4,1)", "the range is empty")>]
    [<TestCase("range(0,1,0)", "the step of a range is 0")>]
    [<TestCase("range(0,1e9)", "more than 10000")>]
    [<TestCase("range(a,b)", "takes numbers")>]
    [<TestCase("interval(0,1)", "interval(…) is not known here; choice(a, b) and range(1, 4) are")>]
    [<TestCase("1,,2", "a value between commas is missing")>]
    [<TestCase("1,", "a value between commas is missing")>]
    [<TestCase("[1,2]x,3", "follows the closed value")>]
    [<TestCase("choice(", "the bracket of choice( is not closed")>]
    [<TestCase("range(1,4", "the bracket of range( is not closed")>]
    let ``says what is wrong with`` (text: string) (why: string) =
        let word = $"agent.actor.hidden_dim={text}"
        Assert.That(mistakes [ "env=metaworld-mt1"; word ], Does.StartWith word)
        Assert.That(mistakes [ "env=metaworld-mt1"; word ], Does.Contain why)

    [<TestCase "agent.actor.hidden_dim=8,16">]
    [<TestCase "agent.actor.log_std_bounds=[-5,2],[-3,1]">]
    [<TestCase "setup.seed_ref=range(4)">]
    [<TestCase "env.goals=choice(hidden, visible)">]
    let ``is asked for by -m`` (word: string) =
        match Experiment.resolve [ "env=metaworld-mt1"; word ] with
        | Error [ ConfigError.Malformed(_, why) ] -> Assert.That(why, Does.Contain "add -m")
        | other -> Assert.Fail $"{other}"

    [<Test>]
    let ``needs several values, each key once`` () =
        Assert.That(mistakes [ "env=metaworld-mt1" ], Does.StartWith "-m: no word has several")

        Assert.That(
            mistakes [ "env=metaworld-mt1"; "setup.seed=1"; "setup.seed_ref=1,2" ],
            Is.EqualTo "setup.seed_ref: is given twice; put all its values into one word."
        )

        Assert.That(
            mistakes [ "env=metaworld-mt1"; "setup.seed_ref=range(5000)"; "+x=1,2,3" ],
            Does.Contain "more than 10000 combinations"
        )

    [<Test>]
    let ``tells the mistakes of all combinations once`` () =
        let told =
            mistakes [
                "env=metaworld-mt1"
                "agent.builder.discount=0.5,2,3"
                "agent.actr.x=1"
                "setup.seed=1,2"
            ]

        Assert.That((told.Split '\n').Length, Is.EqualTo 3)

    [<Test>]
    let ``names folders by the last parts of keys`` () =
        let words = [
            "setup.seed=1,2"
            "agent.optimizers.actor.lr=1e-3,3e-4"
            "agent.optimizers.critic.lr=1e-3"
            "agent.builder.discount=0.9,0.99"
        ]

        Assert.That(
            (foldersOf words |> List.truncate 3 = [
                "runs/run_name/lr=0.001,discount=0.9/1"
                "runs/run_name/lr=0.001,discount=0.99/1"
                "runs/run_name/lr=0.0003,discount=0.9/1"
            ])
        )

        let both = [ "agent.optimizers.critic.lr=1,2"; "agent.optimizers.actor.lr=3,4" ]
        let first = List.head (foldersOf (both @ [ "setup.seed=1" ]))
        Assert.That(first, Is.EqualTo "runs/run_name/critic.lr=1,actor.lr=3/1")

    /// What names a folder by itself is not named again.
    [<TestCase("setup.seed_ref=1,2", "runs/run_name/1 runs/run_name/2")>]
    [<TestCase("setup.seed_ref=1,2 setup.num_seeds=2",
               "runs/run_name/1 runs/run_name/2 runs/run_name/3")>]
    [<TestCase("setup.name=a,b setup.seed=1", "runs/a/1 runs/b/1")>]
    [<TestCase("preset=ptsl/mt-sac-mt10,ptsl/care-mt10 setup.seed=1",
               "runs/ptsl-mt-sac-mt10/1 runs/ptsl-care-mt10/1")>]
    [<TestCase("preset=ptsl/mt-sac-mt10,ptsl/care-mt10 setup.name=a setup.seed=1",
               "runs/a/preset=ptsl-mt-sac-mt10/1 runs/a/preset=ptsl-care-mt10/1")>]
    let ``has one folder a run`` (words: string) (expected: string) =
        let found = foldersOf (List.ofArray (words.Split ' '))
        Assert.That(String.concat " " found, Is.EqualTo expected)

    [<Test>]
    let ``does not let combinations share a folder`` () =
        Assert.That(
            mistakes [
                "env=metaworld-mt1"
                "setup.base_path=a,b"
                "setup.save_dir=c"
                "setup.seed=1"
            ],
            Does.StartWith "c/seed-1: several combinations would write there"
        )

    /// The same combination has the same folder in a larger sweep and in another notation.
    [<Test>]
    let ``keeps its folders when it grows`` () =
        let few = foldersOf [ "agent.optimizers.actor.lr=1e-3,3e-4"; "setup.seed=1" ]

        let many =
            foldersOf [ "agent.optimizers.actor.lr=0.001,0.0003,0.1"; "setup.seed=1,2" ]

        Assert.That(List.except many few, Is.Empty)

    [<Test>]
    let ``is a paper's command as well`` () =
        let words =
            "PYTHONPATH=. python3 -u main.py setup=metaworld env=metaworld-mt10 agent=state_sac agent.actor.hidden_dim=200,400 setup.seed_ref=1,2"

        Assert.That(jobs (List.ofArray (words.Split ' ')), Has.Length.EqualTo 4)

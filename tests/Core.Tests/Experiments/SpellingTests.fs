namespace MtrlFunctional.Tests.Experiments

open NUnit.Framework
open MtrlFunctional.Experiments
open MtrlFunctional.Tests.Experiments.Resolving

/// Values whose key is a text, and numbers in the spellings of people.
[<TestFixture>]
module ``a spelling`` =
    let private bandit = [ "env=mt-bandit"; "agent=mtppo" ]

    let private values words =
        Map(Experiment.values (resolve (bandit @ words)))

    let private reload (e: Experiment) = Experiment.load (Experiment.render e)

    [<TestCase("1.10")>]
    [<TestCase("12e4567")>]
    [<TestCase("99e4567")>]
    [<TestCase("1e3")>]
    [<TestCase("1_1_1")>]
    [<TestCase("True")>]
    [<TestCase("Nan")>]
    [<TestCase("2024.10")>]
    [<TestCase("007")>]
    [<TestCase("+1")>]
    let ``of a text is kept, also in a list, a reference and a stored configuration``
        (name: string)
        =
        let e =
            resolve (
                bandit
                @ [
                    $"setup.name={name}"
                    $"setup.tags=[{name}, a]"
                    $"setup.id={name}"
                    "setup.description=${setup.id}"
                    "setup.save_dir=out/${setup.id}-x"
                ]
            )

        let texts = Map(Experiment.values e)
        Assert.That(e.Setup.Name, Is.EqualTo name)
        Assert.That(e.Setup.SaveDir, Is.EqualTo $"out/{name}-x")
        Assert.That(texts["setup.tags"], Is.EqualTo(Value.List [ Value.Text name; Value.Text "a" ]))
        Assert.That(texts["setup.description"], Is.EqualTo(Value.Text name))

        match reload e with
        | Ok again -> Assert.That(again.Setup.Name, Is.EqualTo name)
        | Error mistakes -> Assert.Fail $"{mistakes}"

    [<Test>]
    let ``of names that state the same number makes two experiments`` () =
        match Sweep.plan (bandit @ [ "setup.name=1.10,1.1"; "setup.seed=1" ]) with
        | Ok(runs, _) ->
            let folders = runs |> List.map _.Experiment.Setup.SaveDir
            Assert.That((folders = [ "runs/1.10"; "runs/1.1" ]), $"{folders}")
        | Error mistakes -> Assert.Fail $"{mistakes}"

    [<TestCase("experiment.num_train_steps=1e6", "experiment.num_train_steps", 1_000_000L)>]
    [<TestCase("experiment.num_train_steps=1,000,000", "experiment.num_train_steps", 1_000_000L)>]
    [<TestCase("experiment.num_train_steps=200k", "experiment.num_train_steps", 200_000L)>]
    [<TestCase("agent.actor.hidden_dim=1.6e1", "agent.actor.hidden_dim", 16L)>]
    [<TestCase("setup.seed=1e3", "setup.seed_ref", 1_000L)>]
    [<TestCase("setup.threads=2.0", "setup.threads", 2L)>]
    let ``of a whole number does not matter`` (word: string, key: string, number: int64) =
        Assert.That((values [ word ])[key], Is.EqualTo(Value.Int number))

    /// Values that decide about other keys before they are read.
    [<TestCase("env.num_envs=4", "env.num_envs=4.0")>]
    [<TestCase("env.num_envs=4", "env.num_envs=4e0")>]
    let ``of a number that others follow does not matter`` (one: string, other: string) =
        Assert.That((values [ other ] = values [ one ]))

    [<TestCase("true")>]
    [<TestCase("True")>]
    [<TestCase("TRUE")>]
    let ``of a truth value does not matter`` (flag: string) =
        let images =
            resolve [
                "env=dmc-cartpole-balance"
                "agent=sac"
                $"env.builder.make_kwargs.from_pixels={flag}"
            ]

        Assert.That(images.Agent.Encoder.Kind.IsPixel)

    [<Test>]
    let ``shows in the message about a wrong value`` () =
        Assert.That(
            mistakes (bandit @ [ "experiment.num_train_steps=1.50e0" ]),
            Has.One.Contains "experiment.num_train_steps = 1.50e0: must be a whole number"
        )

    [<TestCase("0")>]
    [<TestCase("1764198000")>]
    [<TestCase("4294967295")>]
    let ``of a seed has 32 bits`` (seed: string) =
        Assert.That(
            string (resolve (bandit @ [ $"setup.seed={seed}" ])).Setup.SeedRef,
            Is.EqualTo seed
        )

    [<TestCase("setup.seed=4294967296", "setup.seed = 4294967296: must be")>]
    [<TestCase("setup.seed_ref=4294967295 setup.num_seeds=2",
               "setup.seed_ref = 4294967295: must be at most 4294967294 with setup.num_seeds=2")>]
    let ``of more bits is refused`` (words: string, part: string) =
        Assert.That(mistakes (bandit @ List.ofArray (words.Split ' ')), Has.One.Contains part)

    [<Test>]
    let ``of an undiscounted return is 1`` () =
        Assert.That(
            (resolve (bandit @ [ "agent.builder.discount=1" ])).Agent.Discount,
            Is.EqualTo 1.0
        )

    [<TestCase "setup.seed">]
    [<TestCase "setup.seed_ref">]
    let ``of the seed may be referred to`` (key: string) =
        let e = resolve (bandit @ [ "setup.seed=5"; "setup.name=a-${" + key + "}" ])
        Assert.That(e.Setup.Name, Is.EqualTo "a-5")

    [<Test>]
    let ``of a new key may be referred to`` () =
        let e = resolve (bandit @ [ "+note.name=1.10"; "setup.name=a-${note.name}" ])
        Assert.That(e.Setup.Name, Is.EqualTo "a-1.10")

    [<Test>]
    let ``of new keys that refer to each other is a circle`` () =
        Assert.That(
            mistakes (bandit @ [ "+x=${y}"; "+y=${x}"; "setup.name=${x}" ]),
            Has.One.Contains "refers to itself"
        )

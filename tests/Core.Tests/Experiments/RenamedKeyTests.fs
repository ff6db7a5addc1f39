namespace MtrlFunctional.Tests.Experiments

open System.IO
open NUnit.Framework
open MtrlFunctional.Experiments
open MtrlFunctional.Tests.Experiments.Resolving
open MtrlFunctional.Tests

/// Keys that had another name once.
[<TestFixture>]
module ``a former name of a key`` =
    // With a task encoder nothing else follows from a switch.
    let private words fidelity = [
        "env=metaworld-mt10"
        "agent=state_sac"
        $"fidelity={fidelity}"
        "agent.multitask.should_use_task_encoder=True"
    ]

    let private values fidelity further =
        Map(Experiment.values (resolve (words fidelity @ further)))

    [<Test>]
    let ``is no key, and its present name is one`` () =
        let former, present = List.unzip RenamedKeys.all
        let keys = Table.keys Table.standard |> List.map _.Path
        Assert.That(List.distinct former, Has.Length.EqualTo former.Length)
        Assert.That(former |> List.filter (fun key -> List.contains key keys), Is.Empty)
        Assert.That(List.except keys present, Is.Empty)

    [<TestCase("original")>]
    [<TestCase("corrected")>]
    let ``leads to the experiment of its present name`` (fidelity: string) =
        let standard = values fidelity []

        for former, present in RenamedKeys.all do
            let value = standard[present] <> Value.Bool true

            let experiment key =
                resolve (words fidelity @ [ $"{key}={value}" ])

            Assert.That(experiment former, Is.EqualTo(experiment present), former)
            let found = Map(Experiment.values (experiment former))
            Assert.That(found[present], Is.EqualTo(Value.Bool value), former)

    [<TestCase("++behaviour.linked_episodes=True")>]
    [<TestCase("behaviour={linked_episodes: True}")>]
    [<TestCase("behaviour.linked_episodes='${behaviour.whenever_due}'")>]
    let ``is read in each form of a word`` (word: string) =
        let found = values "corrected" [ word ]
        Assert.That(found["behaviour.store_reset_observation"], Is.EqualTo(Value.Bool true))

    [<Test>]
    let ``is shown as the present name`` () =
        let given = words "corrected" @ [ "behaviour.linked_episodes=True" ]
        let changed = Experiment.renderChanged (Experiment.origins given) (resolve given)
        Assert.That(changed, Does.Contain "store_reset_observation: true")
        Assert.That(changed, Does.Not.Contain "linked_episodes")

        Assert.That(
            mistakes (words "corrected" @ [ "behaviour.linked_episodes=perhaps" ]),
            Has.Some.StartsWith
                "behaviour.store_reset_observation = perhaps: must be true or false."
        )

    [<TestCase("original")>]
    [<TestCase("corrected")>]
    let ``is read in a configuration`` (fidelity: string) =
        let last (key: string) = key.Substring(key.LastIndexOf '.' + 1)

        let experiment =
            resolve (words fidelity @ [ "behaviour.independent_intervals=False" ])

        let before =
            (Experiment.render experiment, RenamedKeys.all)
            ||> List.fold (fun text (former, present) ->
                text.Replace($" {last present}: ", $" {last former}: "))

        for former, present in RenamedKeys.all do
            Assert.That(before, Does.Contain $" {last former}: ")
            Assert.That(before, Does.Not.Contain $" {last present}: ")

        Assert.That((Experiment.load before = Ok experiment))

    [<TestCase("sac")>]
    [<TestCase("mtppo")>]
    let ``is read in the configuration of a stored run`` (run: string) =
        let text =
            Path.Combine(
                Repository.root,
                $"tests/Reliability.Tests/Storage/Formats/1/{run}/config.yaml"
            )
            |> File.ReadAllText

        match Experiment.load text with
        | Error mistakes -> Assert.Fail $"{mistakes}"
        | Ok experiment ->
            let found = Map(Experiment.values experiment)

            let stored = [
                for line in text.Split '\n' do
                    match line.Trim().Split ": " with
                    | [| key; value |] ->
                        match RenamedKeys.tryPresent $"behaviour.{key}" with
                        | Some present -> present, value
                        | None -> ()
                    | _ -> ()
            ]

            Assert.That(stored, Has.Length.GreaterThan 20)

            for present, value in stored do
                Assert.That(ValueText.print found[present], Is.EqualTo value, present)

namespace MtrlFunctional.Cli.Tests

open System
open System.Globalization
open System.IO
open System.Text.Json
open System.Text.RegularExpressions
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Tests
open MtrlFunctional.Training

/// The policy of a small run as a file.
[<TestFixture; NonParallelizable>]
type ``an exported policy``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-policy-").FullName
    let run = Path.Combine(folder, "small", "seed-1")
    let file = Path.Combine(folder, "policy.onnx")

    let words = SmallRun.reach folder "small"

    let observation = Array.init 39 (fun i -> sin (float32 i))

    let act (path: string) =
        use policy = Policy.Load path
        let action: float32[] = Array.zeroCreate 4
        policy.Act(ReadOnlySpan observation, 0, action.AsSpan())
        action

    [<OneTimeSetUp>]
    member _.Train() =
        let trained = Capture.mtrl ("train" :: words @ [ "--plain" ])
        Assert.That(trained.Exit, Is.EqualTo ExitCode.Done, trained.Err)
        let exported = Capture.mtrl [ "export"; run; "--onnx"; file ]
        Assert.That(exported.Exit, Is.EqualTo ExitCode.Done, exported.Err)
        Assert.That(exported.Out, Does.Contain "policy of 1 task after step 40, 39 to 4 numbers")

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``is evaluated as its run``() =
        let evaluate path =
            let printed = Capture.mtrl [ "eval"; path; "--episodes"; "2" ]
            Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
            printed.Out

        Assert.That(evaluate file, Is.EqualTo(evaluate run))

    [<Test>]
    member _.``is evaluated on goals that it was not trained on``() =
        let json = Path.Combine(folder, "goals.json")

        let printed =
            Capture.mtrl [ "eval"; file; "--goals"; "unseen:3"; "--goal-seed"; "7"; "--json"; json ]

        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
        Assert.That(printed.Out, Does.Contain "50 goals of training, 3 others of seed 7")
        Assert.That(printed.Out, Does.Contain "unseen less trained")
        let evaluation = (JsonDocument.Parse(File.ReadAllText json)).RootElement

        let successes (part: string) =
            let episodes = evaluation.GetProperty(part).GetProperty "episodeSuccesses"

            episodes[0].EnumerateArray()
            |> Seq.map (fun success -> if success.GetBoolean() then 1.0 else 0.0)
            |> Seq.toArray

        let trained, unseen = successes "trained", successes "unseen"
        Assert.That((trained.Length, unseen.Length), Is.EqualTo((50, 3)))
        Assert.That(evaluation.GetProperty("goalSeed").GetInt32(), Is.EqualTo 7)

        Assert.That(
            evaluation.GetProperty("gap").GetProperty("difference").GetDouble(),
            Is.EqualTo(Array.average unseen - Array.average trained).Within 1e-12
        )

    [<Test>]
    member _.``acts as its run does``() =
        Assert.That(act file, Is.EqualTo(box (act run)))

    [<Test>]
    member _.``is no file of another kind``() =
        let other = Path.Combine(folder, "notes.txt")
        File.WriteAllText(other, "notes")
        let printed = Capture.mtrl [ "eval"; other ]
        Assert.That(printed.Exit, Is.Not.EqualTo ExitCode.Done)
        Assert.That(printed.Err, Does.Contain "notes.txt")

    [<Test>]
    member _.``is exported again with its licence``() =
        let again = Path.Combine(folder, "again.onnx")

        let export from licence =
            Capture.mtrl ([ "export"; from; "--onnx"; again ] @ licence)

        let first = export run [ "--licence"; "CC-BY-4.0" ]
        Assert.That(first.Exit, Is.EqualTo ExitCode.Done, first.Err)
        let bytes = File.ReadAllBytes again
        let second = export again []
        Assert.That(second.Exit, Is.EqualTo ExitCode.Done, second.Err)
        Assert.That(File.ReadAllBytes again, Is.EqualTo(box bytes))
        Assert.That(second.Out, Does.Contain "again.onnx: policy of 1 task")
        let without = Capture.mtrl [ "export"; run ]
        Assert.That(without.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(without.Err, Does.Contain "--onnx")

    [<Test>]
    member _.``is played in place of the expert``() =
        let played = Capture.mtrl [ "demo"; "reach"; "--policy"; file; "--plain" ]
        Assert.That(played.Exit, Is.EqualTo ExitCode.Done, played.Err)

        Assert.That(played.Out, Does.Contain "policy.onnx, step 40, goals of its evaluations")

        let other = Capture.mtrl [ "demo"; "push"; "--policy"; file; "--plain" ]
        Assert.That(other.Err, Does.Contain "its policy has no task 'push-v3'")

    [<Test>]
    member _.``starts a training with its configuration``() =
        let arguments = [
            "resume"
            "--from"
            file
            $"setup.base_path={folder}"
            "setup.name=further"
            "experiment.num_train_steps=20"
            "--plain"
        ]

        let trained = Capture.mtrl arguments
        Assert.That(trained.Exit, Is.EqualTo ExitCode.Done, trained.Err)
        // Nobody set these keys.
        Assert.That(trained.Err, Does.Not.Contain "has no effect")
        let config = RunEvaluation.ExperimentOf(Path.Combine(folder, "further", "seed-1"))
        Assert.That(config.Agent.Start, Is.EqualTo(Some file))
        Assert.That(config.Agent.Actor, Is.EqualTo (RunEvaluation.ExperimentOf run).Agent.Actor)

    [<Test>]
    member _.``is refused where a run is needed, and where it is torn``() =
        let torn = Path.Combine(folder, "torn.onnx")
        File.WriteAllBytes(torn, File.ReadAllBytes(file)[..999])

        let refused (arguments: string list) message =
            let printed = Capture.mtrl arguments
            Assert.That(printed.Exit, Is.Not.EqualTo ExitCode.Done)
            Assert.That(printed.Err, Does.Contain message)

        refused [ "eval"; torn ] "torn.onnx: is no ONNX file, or a damaged one"
        refused [ "eval"; file; "--infer-theta"; "3" ] "holds no transition model"
        refused [ "eval"; "policy:mt1O" ] "Nearest: policy:mt10"
        refused [ "eval"; file; "--goals"; "unseen:0" ] "unseen:N with a number of goals"
        refused [ "eval"; file; "--goals"; "unsen" ] "must be train, unseen, or unseen:N"
        refused [ "eval"; file; "--goals"; "unseen:10001" ] "from 1 to 10,000"
        refused [ "eval"; file; "--goals"; "unseen"; "--all-goals" ] "give one of them"
        refused [ "eval"; file; "--goal-seed"; "3" ] "is the seed of unseen goals"
        refused [ "eval"; file; "--goals"; "unseen"; "--goal-seed"; "-3" ] "must be from 0"
        refused [ "eval"; file; "--goals"; "unseen"; "--episodes"; "3" ] "give one of them"

        refused
            [ "eval"; Path.Combine(folder, "none.onnx") ]
            "no such file. 'mtrl export RUN --onnx"

        refused [ "export"; run; "--onx"; "a" ] "Nearest: --onnx"

    [<Test>]
    member _.``is shipped under a name that a list has``() =
        let listed = Capture.mtrl [ "list"; "policies" ]
        Assert.That(listed.Exit, Is.EqualTo ExitCode.Done, listed.Err)
        Assert.That(listed.Out, Does.Contain "policy:mt10")

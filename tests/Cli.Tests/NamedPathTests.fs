namespace MtrlFunctional.Cli.Tests

open System.IO
open NUnit.Framework

/// A file, or a folder inside a run, in place of the folder of the run.
[<TestFixture; NonParallelizable>]
type ``a path inside a run``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-path-").FullName
    let run = Path.Combine(folder, "small", "seed-1")
    let inside name = Path.Combine(run, name)

    let commands path = [
        [ "eval"; path ]
        [ "video"; path ]
        [ "report"; path ]
        [ "resume"; path ]
        [ "resume"; "--from"; path ]
        [ "export"; path; "--onnx"; Path.Combine(folder, "p.onnx") ]
        [ "conflicts"; path ]
        [ "demo"; "reach"; "--policy"; path; "--plain" ]
        [
            "import"
            Path.Combine(folder, "none.safetensors")
            "--names"
            "mtrl"
            "--out"
            Path.Combine(folder, "p.onnx")
            "--like"
            path
        ]
    ]

    [<OneTimeSetUp>]
    member _.Train() =
        Capture.finished ("train" :: "--plain" :: SmallRun.reach folder "small")
        |> ignore

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``is answered with the folder to name``() =
        for name in [ "config.yaml"; "metrics.jsonl"; "train.log"; "report.md" ] do
            for words in [ "watch"; inside name ] :: commands (inside name) do
                Capture.refused
                    words
                    $"{inside name}: is a file of a run. Name the folder of the run: {run}"

    [<Test>]
    member _.``is answered with the folder of its checkpoint``() =
        let checkpoint = inside "checkpoints/step-40"
        let file = Path.Combine(checkpoint, "agent.safetensors")
        Assert.That(File.Exists file)

        for words in commands file do
            Capture.refused
                words
                $"{file}: is a file of a run. Name the folder of the checkpoint: {checkpoint}"

    [<Test>]
    member _.``is answered with its run where it is a folder``() =
        for command in [ "eval"; "report"; "resume"; "conflicts" ] do
            Capture.refused
                [ command; inside "checkpoints" ]
                $"is a folder of a run. Name the folder of the run: {run}"

    [<Test>]
    member _.``is told from a path that does not exist and from other files``() =
        let missing = Path.Combine(folder, "none")
        let other = Path.Combine(folder, "other.txt")
        File.WriteAllText(other, "a text of some length")

        for command in [ "eval"; "report"; "resume"; "conflicts" ] do
            Capture.refused [ command; missing ] $"{missing}: no such folder"

        Capture.refused [ "eval"; other ] $"{other}: is no ONNX file, or a damaged one"
        Capture.refused [ "report"; other ] $"{other}: is a file, so there is no run there."

        Capture.refused
            [ "reproduce"; other ]
            $"{other}: is a file, where the folder of a crash bundle"

        Capture.refused [ "reproduce"; missing ] $"{missing}: no such folder."

        let import file = [
            "import"
            file
            "--names"
            "mtrl"
            "--out"
            Path.Combine(folder, "p.onnx")
            "--like"
            run
        ]

        Capture.refused (import folder) $"{folder}: is a folder, where a file is needed."
        Capture.refused (import other) $"{other}: is a text, not a safetensors file."
        Capture.refused (import missing) $"{missing}: no such file."

    [<TestCase("/no/such.json", "/no/such.json: no such file.")>]
    [<TestCase("/usr", "/usr: is a folder, where a file is needed.")>]
    member _.``of task embeddings is read as a file`` (path: string) (message: string) =
        let embeddings =
            "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg"

        Capture.refused
            ("train" :: SmallRun.reach folder "embedded"
             @ [
                 "agent.multitask.should_use_task_encoder=True"
                 $"{embeddings}.should_use=True"
                 $"{embeddings}.path_to_load_from={path}"
             ])
            message

    /// Where a folder cannot be made, as on a read-only disk.
    [<Test>]
    member _.``has its table on the terminal where files cannot be written``() =
        let blocked = Path.Combine(folder, "small", "comparison")
        File.WriteAllText(blocked, "not a folder")
        let printed = Capture.mtrl [ "report"; run; run; "--at"; "40" ]
        File.Delete blocked
        Assert.That(printed.Exit, Is.EqualTo 0, printed.Err)
        Assert.That(printed.Out, Does.Contain "seed-1")
        Assert.That(printed.Err, Does.Contain "--out FOLDER writes them elsewhere.")
        Assert.That(printed.Err, Does.Not.Contain "setup.base_path")

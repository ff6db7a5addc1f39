namespace MtrlFunctional.Cli.Tests

open System
open System.Buffers.Binary
open System.IO
open NUnit.Framework
open MtrlFunctional

[<TestFixture>]
module ``mtrl gallery and mtrl video`` =
    let private folder = Directory.CreateTempSubdirectory("mtrl-gallery").FullName

    [<OneTimeTearDown>]
    let removeFolder () = Directory.Delete(folder, true)

    let private file name = Path.Combine(folder, name)

    /// Width and height in the header of a PNG file.
    let private sizeOf (path: string) =
        let bytes = File.ReadAllBytes path

        let number (at: int) =
            BinaryPrimitives.ReadInt32BigEndian(ReadOnlySpan(bytes, at, 4))

        number 16, number 20

    let private gallery name (words: string list) =
        let printed =
            Capture.mtrl ("gallery" :: words @ [ "--out"; file name; "--tile"; "48x36" ])

        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
        file name

    [<Test>]
    let ``a tile a task, with gaps between`` () =
        let picture = gallery "three.png" [ "reach"; "push"; "door-open"; "--columns"; "2" ]
        Assert.That(sizeOf picture, Is.EqualTo((48 + 4 + 48, 36 + 4 + 36)))

    [<Test>]
    let ``tasks and benchmarks together, each task once`` () =
        let picture = gallery "mixed.png" [ "ML10-test"; "sweep-into"; "reach" ]
        Assert.That(sizeOf picture, Is.EqualTo((3 * 48 + 2 * 4, 2 * 36 + 4)))

    [<Test>]
    let ``is the same picture each time, each task once`` () =
        let picture = gallery "one.png" [ "reach" ]
        let again = gallery "again.png" [ "reach"; "reach" ]
        Assert.That((File.ReadAllBytes again = File.ReadAllBytes picture))

    [<Test>]
    let ``tasks of DeepMind Control are drawn beside those of Meta-World`` () =
        let picture = gallery "mixed.png" [ "dmc-walker-walk"; "reach"; "walker-walk" ]
        Assert.That(sizeOf picture, Is.EqualTo((2 * 48 + 4, 36)))

    [<Test>]
    let ``random actions in DeepMind Control are filmed`` () =
        let printed =
            Capture.mtrl [
                "video"
                "pendulum-swingup"
                "--out"
                file "swing.gif"
                "--size"
                "48x36"
            ]

        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
        Assert.That(printed.Out, Does.StartWith "random actions, 1 task")
        Assert.That(printed.Out, Does.Match "episode 1: return [0-9.]+")
        Assert.That(printed.Out, Does.Contain "swing.gif: 500 frames")

    [<TestCase("gallery MT11", "MT11: no such task or benchmark. Nearest: MT10")>]
    [<TestCase("gallery raech push", "raech: no such task or benchmark. Nearest: reach")>]
    [<TestCase("gallery reach --columns 0", "--columns 0: must be at least 1.")>]
    [<TestCase("gallery reach --out x.svg", "--out x.svg: the name of a picture ends in .png.")>]
    [<TestCase("gallery reach --camera cornr", "--camera cornr: no such camera. Nearest: corner")>]
    [<TestCase("gallery reach push --camera cornr",
               "--camera cornr: no such camera. Nearest: corner")>]
    [<TestCase("gallery MT50 --tile 2000x1500", "make a picture of")>]
    [<TestCase("video MT50 --size 4096x4096", "must be at most 8192 per side.")>]
    [<TestCase("video . --seed 3",
               "--seed: applies to experts only; the goals of . are those of its evaluations.")>]
    [<TestCase("video . --out x.avi", "x.avi: the name of a video ends in .mp4 or .gif.")>]
    [<TestCase("video raech", "Nearest: reach. There is no policy of that name either.")>]
    [<TestCase("video reach --out x.avi", "x.avi: the name of a video ends in .mp4 or .gif.")>]
    [<TestCase("video reach --episodes 0", "--episodes 0: must be at least 1.")>]
    let ``reports errors`` (words: string) (message: string) =
        let printed = Capture.mtrl (List.ofArray (words.Split ' '))
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain message)

    [<Test>]
    let ``experts of several tasks are filmed side by side`` () =
        let printed =
            Capture.mtrl [ "video"; "ML10-test"; "--out"; file "five.gif"; "--size"; "48x36" ]

        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
        Assert.That(printed.Out, Does.Contain "scripted expert, 5 tasks")
        Assert.That(printed.Out, Does.Contain "success in 5 of 5 tasks")
        Assert.That(printed.Out, Does.Match @"five.gif: \d+ frames")

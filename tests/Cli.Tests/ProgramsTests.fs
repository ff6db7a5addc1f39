namespace Mtrl.Cli.Tests

open System.Diagnostics
open System.IO
open NUnit.Framework

/// The script and the sample, run as they are printed in the README, in a folder of their own.
[<TestFixture; NonParallelizable>]
module ``programs on the facade`` =
    /// Runs `dotnet …` in the root of the repository.
    let private dotnet (arguments: string list) =
        let info =
            ProcessStartInfo(
                "dotnet",
                arguments,
                WorkingDirectory = Repository.root,
                RedirectStandardOutput = true,
                RedirectStandardError = true
            )

        match Process.Start info with
        | null -> failwith "dotnet does not start."
        | p ->
            use p = p
            let err = p.StandardError.ReadToEndAsync()
            let out = p.StandardOutput.ReadToEnd()
            p.WaitForExit()
            p.ExitCode, out, err.Result

    let private inFolder body =
        let folder = Directory.CreateTempSubdirectory "mtrl-programs-"

        try
            body $"setup.base_path={folder.FullName}"
        finally
            folder.Delete(recursive = true)

    [<Test>]
    let ``the script trains reach`` () =
        inFolder (fun place ->
            let code, out, err = dotnet [ "fsi"; "scripts/train-reach.fsx"; place ]
            Assert.That(code, Is.EqualTo 0, out + err)
            Assert.That(out, Does.Contain "| train | E: ")
            Assert.That(out, Does.Match @"reach: success \d+ ?% after 1500 steps"))

    [<Test>]
    let ``the script names a wrong word`` () =
        let code, _, err =
            dotnet [ "fsi"; "scripts/train-reach.fsx"; "agent.actor.hiden_dim=1" ]

        Assert.That(code, Is.EqualTo 2)
        Assert.That(err, Does.Contain "agent.actor.hidden_dim")

    [<Test>]
    let ``the sample trains and evaluates two tasks`` () =
        inFolder (fun place ->
            let code, out, err =
                dotnet [ "run"; "--project"; "samples/QuickStart"; "-c"; "Release"; "--"; place ]

            Assert.That(code, Is.EqualTo 0, out + err)
            Assert.That(out, Does.Match @"reach-v3 +success +\d+ ?%")
            Assert.That(out, Does.Match @"drawer-close-v3 +success +\d+ ?%"))

    [<TestCase("", "reach-v3 +\\d+ +\\d", 10)>]
    [<TestCase("MT50 random 200", "assembly-v3 +[-\\d]+ +\\d", 50)>]
    let ``the sample of environments steps a benchmark``
        (words: string)
        (row: string)
        (count: int)
        =
        let printed = [ "run"; "--project"; "samples/Environments"; "-c"; "Release" ]

        let code, out, err =
            dotnet (
                if words = "" then
                    printed
                else
                    printed @ "--" :: List.ofArray (words.Split ' ')
            )

        Assert.That(code, Is.EqualTo 0, out + err)
        Assert.That(out, Does.Match row)
        Assert.That(out, Does.Match $@"\d+ of {count} succeeded; [\d,]+ environment steps a second")

namespace MtrlFunctional.Reliability.Tests

open System.IO
open NUnit.Framework
open MtrlFunctional.Storage
open MtrlFunctional.Training
open MtrlFunctional.Tests

/// Runs saved by earlier versions, one folder for each format of checkpoints: `Formats/FORMAT/RUN`. They are never written
/// again; a new format adds a folder.
[<TestFixture>]
module ``a run of an earlier version`` =
    let private formats =
        Path.Combine(Repository.root, "tests/Reliability.Tests/Storage/Formats")

    let private runs = [
        for format in Directory.GetDirectories formats do
            for run in Directory.GetDirectories format -> Path.GetRelativePath(formats, run)
    ]

    [<TestCaseSource(nameof runs)>]
    let ``is evaluated and trained to its end`` (name: string) =
        let folder = FaultyChild.newFolder "format"

        try
            let run = Path.Combine(folder, "run")
            SmallRun.copy (Path.Combine(formats, name)) run
            Assert.That(RunEvaluation.Evaluate(run).Step, Is.EqualTo 20L)
            SmallRun.finish run
            Assert.That((nonNull ((RunFolder run).Checkpoints.Latest())).Info.Step, Is.EqualTo 40L)
        finally
            Directory.Delete(folder, true)

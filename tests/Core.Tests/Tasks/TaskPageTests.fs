namespace MtrlFunctional.Tests.Tasks

open System
open System.IO
open System.Text.Json
open System.Text.RegularExpressions
open NUnit.Framework
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Tests

/// docs/tasks agrees with the generated pages.
[<TestFixture>]
module ``task pages`` =
    let private repository = Repository.root

    let private folder = Path.Combine(repository, "docs", "tasks")

    [<Test>]
    let ``are up to date`` () =
        for name, text in TaskPages.files do
            let onDisk = File.ReadAllText(Path.Combine(folder, name))
            Assert.That(onDisk, Is.EqualTo text, $"{name}: mtrl list tasks --pages docs/tasks")

    [<Test>]
    let ``are all that is there`` () =
        let there = Directory.GetFiles(folder, "*.md") |> Array.map Path.GetFileName
        Assert.That(there, Is.EquivalentTo(List.map fst TaskPages.files))

    [<Test>]
    let ``link to files that exist`` () =
        for name, text in TaskPages.files do
            for m in Regex.Matches(text, @"\]\(([^)#]+)(#[^)]*)?\)") do
                let target = Path.Combine(folder, m.Groups[1].Value)
                Assert.That(File.Exists target, $"{name}: {m.Groups[1].Value}")

    [<Test>]
    let ``link to a heading that exists`` () =
        Assert.That(TaskIndex.page, Does.Contain "\n## Names\n")

    [<Test>]
    let ``have small pictures`` () =
        let sizes =
            Directory.GetFiles(Path.Combine(folder, "images"))
            |> Array.map (FileInfo >> _.Length)

        Assert.That(
            sizes,
            Has.Length.EqualTo(Benchmarks.tasks.Length + DmControlTasks.standard.Length)
        )

        Assert.That(Array.max sizes, Is.LessThan 30_000L)

    [<Test>]
    let ``list each task under one kind`` () =
        for task in Benchmarks.tasks do
            let rows = Regex.Matches(TaskIndex.page, $@"\| \[{task.Name}\]\(")
            Assert.That(rows, Has.Count.EqualTo 1, task.Name)

    /// `mtrl verify` replays the counts of this file.
    [<Test>]
    let ``count the recorded successes of the experts`` () =
        let path =
            Path.Combine(repository, "tests", "golden", "metaworld", "scripted_success_all.json")

        use recorded = JsonDocument.Parse(File.ReadAllText path)
        let tasks = recorded.RootElement.GetProperty "tasks"

        for task in Benchmarks.tasks do
            let firsts = tasks.GetProperty(task.Name).GetProperty "first_success_step"

            let successes =
                firsts.EnumerateArray() |> Seq.filter (fun step -> step.GetInt32() > 0)

            Assert.That(Seq.length successes, Is.EqualTo task.Description.Scripted, task.Name)
            Assert.That(firsts.GetArrayLength(), Is.EqualTo 20)

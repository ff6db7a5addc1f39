namespace Mtrl.Tests.Experiments

open NUnit.Framework
open Mtrl.Experiments

[<TestFixture>]
module ``the sentences of the tasks`` =

    [<Test>]
    let ``are fifty, one for each task, all different`` () =
        let names = TaskSentences.all |> List.map fst
        let tasks = TaskNames.mt50 |> List.map Mtrl.Tasks.TaskName.plain
        Assert.That(names, Is.EquivalentTo tasks)
        Assert.That(TaskSentences.all |> List.map snd, Is.Unique)

    [<TestCase("reach-v1")>]
    [<TestCase("reach-v3")>]
    [<TestCase("reach")>]
    let ``are found by any name of a task`` (name: string) =
        Assert.That(TaskSentences.ofTask name, Does.StartWith "Reach a goal")

    let private cosine (a: float[]) (b: float[]) =
        let dot x y = Array.map2 (*) x y |> Array.sum
        dot a b / sqrt (dot a a * dot b b)

    let private numbers task =
        SentenceNumbers.ofSentence (TaskSentences.ofTask task)

    [<Test>]
    let ``as numbers have variance one and no two are alike`` () =
        for task, _ in TaskSentences.all do
            let numbers = numbers task
            Assert.That(numbers.Length, Is.EqualTo 768)
            let square = numbers |> Array.averageBy (fun x -> x * x)
            Assert.That(square, Is.EqualTo(1.0).Within 0.25, task)

        for (a, _), (b, _) in List.allPairs TaskSentences.all TaskSentences.all do
            if a <> b then
                Assert.That(cosine (numbers a) (numbers b), Is.LessThan 0.97, $"{a}, {b}")

    [<Test>]
    let ``as numbers are near each other where words are shared`` () =
        let near a b = cosine (numbers a) (numbers b)
        Assert.That(near "window-open" "window-close", Is.GreaterThan 0.5)
        Assert.That(near "window-open" "window-close", Is.GreaterThan(near "window-open" "soccer"))
        Assert.That(near "push" "push-wall", Is.GreaterThan(near "push" "hammer"))

    let private heard anyCase =
        match Experiment.read [ "env=metaworld-mt10" ] with
        | Ok(e, _) ->
            ExpertWords.heard anyCase e |> List.map (List.map (fun h -> if h then 1 else 0))
        | Error mistakes -> failwith $"{mistakes}"

    /// What the original's own descriptions give, recorded in moe_cluster.safetensors.
    [<Test>]
    let ``select the original's experts`` () =
        let expected = [
            [ 0; 0; 0; 0; 0; 0; 1; 0; 0 ]
            [ 0; 0; 0; 0; 0; 0; 1; 1; 0 ]
            [ 0; 0; 0; 0; 0; 0; 1; 1; 0 ]
            [ 0; 0; 0; 0; 1; 0; 0; 0; 0 ]
            [ 0; 0; 0; 0; 0; 1; 0; 0; 0 ]
            [ 1; 0; 0; 0; 0; 1; 0; 0; 0 ]
            [ 0; 0; 0; 0; 1; 0; 0; 0; 0 ]
            [ 0; 0; 0; 0; 1; 0; 1; 0; 0 ]
            [ 0; 0; 1; 0; 0; 0; 0; 0; 1 ]
            [ 1; 0; 0; 0; 0; 0; 0; 0; 1 ]
        ]

        Assert.That((heard false = expected))

    [<Test>]
    let ``select no fewer experts where case does not matter, and verbs too`` () =
        let any = heard true

        for exact, any in List.zip (heard false) any do
            Assert.That(List.forall2 (<=) exact any)

        // "Reach a goal …": a word of the second list.
        Assert.That(any.Head[1], Is.EqualTo 1)

namespace MtrlFunctional.Tests.Experiments

open NUnit.Framework
open MtrlFunctional.Experiments

[<TestFixture>]
module ``the sentences of the tasks`` =

    let private experiment words =
        match Experiment.read words with
        | Ok(e, _) -> e
        | Error mistakes -> failwith $"{mistakes}"

    let private ten = experiment [ "env=metaworld-mt10" ]
    let private sentence = ExpertWords.sentence ten

    let private all = TaskNames.mt50 |> List.map (fun task -> task, sentence task)

    [<Test>]
    let ``are fifty, one for each task, all different`` () =
        Assert.That(all.Length, Is.EqualTo 50)
        Assert.That(List.map snd all, Is.Unique)

    [<TestCase("reach-v1")>]
    [<TestCase("reach-v3")>]
    [<TestCase("reach")>]
    let ``are found by any name of a task`` (name: string) =
        Assert.That(sentence name, Does.StartWith "Reach a goal")

    [<Test>]
    let ``are the user's where there is one, and else the words of a name nobody knows`` () =
        let given =
            experiment [ "env=metaworld-mt10"; "env.description={reach-v3: Touch it.}" ]

        Assert.That(ExpertWords.sentence given "reach-v1", Is.EqualTo "Touch it.")
        Assert.That(sentence "juggle-balls-v1", Is.EqualTo "juggle balls")

    let private cosine (a: float[]) (b: float[]) =
        let dot x y = Array.map2 (*) x y |> Array.sum
        dot a b / sqrt (dot a a * dot b b)

    let private numbers task =
        SentenceNumbers.ofSentence (sentence task)

    [<Test>]
    let ``as numbers have variance one and no two are alike`` () =
        let vectors = [ for task, _ in all -> task, numbers task ]

        for task, numbers in vectors do
            Assert.That(numbers.Length, Is.EqualTo 768)
            let square = numbers |> Array.averageBy (fun x -> x * x)
            Assert.That(square, Is.EqualTo(1.0).Within 0.25, task)

        for (a, ofA), (b, ofB) in List.allPairs vectors vectors do
            if a < b then
                Assert.That(cosine ofA ofB, Is.LessThan 0.97, $"{a}, {b}")

    [<Test>]
    let ``as numbers are near each other where words are shared`` () =
        let near a b = cosine (numbers a) (numbers b)
        Assert.That(near "window-open" "window-close", Is.GreaterThan 0.5)
        Assert.That(near "window-open" "window-close", Is.GreaterThan(near "window-open" "soccer"))
        Assert.That(near "push" "push-wall", Is.GreaterThan(near "push" "hammer"))

    let private selected anyCase =
        ExpertWords.selected anyCase ten
        |> List.map (List.map (fun h -> if h then 1 else 0))

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

        Assert.That((selected false = expected))

    [<Test>]
    let ``select no fewer experts where case does not matter, and verbs too`` () =
        let any = selected true

        for exact, any in List.zip (selected false) any do
            Assert.That(List.forall2 (<=) exact any)

        // "Reach a goal …": a word of the second list.
        Assert.That(any.Head[1], Is.EqualTo 1)

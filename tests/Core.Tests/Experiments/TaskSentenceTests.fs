module MtrlFunctional.Tests.Experiments.TaskSentenceTests

open Expecto
open Expecto.Flip
open MtrlFunctional.Experiments

let ``the sentences of the tasks`` = [
    let experiment words = Experiment.read words |> ok |> fst
    let ten = experiment [ "env=metaworld-mt10" ]

    let sentence = ExpertWords.sentence ten

    let all = TaskNames.mt50 |> List.map (fun task -> task, sentence task)

    testCase "are fifty, one for each task, all different" (fun () ->
        all.Length |> equals 50
        List.map snd all |> isDistinct)

    testTheory "are found by any name of a task" [ "reach-v1"; "reach-v3"; "reach" ] (fun name ->
        sentence name |> startsWith "Reach a goal")

    testCase
        "are the user's where there is one, and else the words of a name nobody knows"
        (fun () ->
            let given =
                experiment [ "env=metaworld-mt10"; "env.description={reach-v3: Touch it.}" ]

            ExpertWords.sentence given "reach-v1" |> equals "Touch it."
            sentence "juggle-balls-v1" |> equals "juggle balls")

    let cosine (a: float[]) (b: float[]) =
        let dot x y = Array.map2 (*) x y |> Array.sum
        dot a b / sqrt (dot a a * dot b b)

    let numbers task =
        SentenceNumbers.ofSentence (sentence task)

    testCase "as numbers have variance one and no two are alike" (fun () ->
        let vectors = [ for task, _ in all -> task, numbers task ]

        for task, numbers in vectors do
            numbers.Length |> equals 768
            let square = numbers |> Array.averageBy (fun x -> x * x)
            square |> Expect.isWithin task 0.25 1.0

        for (a, ofA), (b, ofB) in List.allPairs vectors vectors do
            if a < b then
                cosine ofA ofB |> Expect.isBelow $"{a}, {b}" 0.97)

    testCase "as numbers are near each other where words are shared" (fun () ->
        let near a b = cosine (numbers a) (numbers b)
        near "window-open" "window-close" |> isAbove 0.5
        near "window-open" "window-close" |> isAbove (near "window-open" "soccer")
        near "push" "push-wall" |> isAbove (near "push" "hammer"))

    let selected anyCase = ExpertWords.selected anyCase ten

    // What the original's own descriptions give, recorded in moe_cluster.safetensors: places of the experts of each task.
    testCase "select the original's experts" (fun () ->
        [
            for experts in selected false ->
                [ 0..8 ] |> List.filter (fun expert -> experts[expert])
        ]
        |> equals [
            [ 6 ]
            [ 6; 7 ]
            [ 6; 7 ]
            [ 4 ]
            [ 5 ]
            [ 0; 5 ]
            [ 4 ]
            [ 4; 6 ]
            [ 2; 8 ]
            [ 0; 8 ]
        ])

    testCase "select no fewer experts where case does not matter, and verbs too" (fun () ->
        let any = selected true

        for exact, any in List.zip (selected false) any do
            isTrue (List.forall2 (<=) exact any)

        // "Reach a goal …": a word of the second list.
        isTrue (any.Head[1]))
]

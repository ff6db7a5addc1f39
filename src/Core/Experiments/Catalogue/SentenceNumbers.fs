/// A sentence as numbers, without a language model: sentences that share words, neighbouring words
/// or parts of words are near each other.
///
/// Each such feature has a random vector of ±1 that its text alone decides (feature hashing
/// with random signs: Weinberger et al. 2009, arXiv:0902.2206, here with all dimensions as the
/// hash). A sentence is their sum, divided so that its numbers have variance 1. All sums are of
/// whole numbers: the same on every machine.
module MtrlFunctional.Experiments.SentenceNumbers

open System
open MtrlFunctional.Randomness

/// Numbers of a sentence: the width of the papers' sentence embeddings.
[<Literal>]
let Width = 768

/// Stop words.
let private small =
    set [ "a"; "an"; "and"; "by"; "in"; "it"; "its"; "of"; "on"; "the"; "to"; "with" ]

let private words (sentence: string) =
    sentence.ToLowerInvariant().Split([| ' '; ','; '.' |], StringSplitOptions.RemoveEmptyEntries)
    |> Seq.filter (fun word -> not (small.Contains word))
    |> Seq.toList

/// Three letters in a row, the ends of the word marked.
let private parts (word: string) =
    $"<{word}>" |> Seq.windowed 3 |> Seq.map String |> Seq.toList

/// Features and how much they count, each once.
let private features sentence =
    let words = words sentence

    [
        for word in words do
            3.0, $"word {word}"

            for part in parts word do
                1.0, $"part {part}"

        for first, second in List.pairwise words do
            1.0, $"pair {first} {second}"
    ]
    |> List.distinct

/// ±1 in each dimension.
let private signs feature =
    let key = Key.ofSeed 0L |> Key.forPurpose feature

    [|
        for block in 0 .. Width / 64 - 1 do
            let bits = Key.bits (Key.at (int64 block) key)

            for bit in 0..63 do
                if (bits >>> bit) &&& 1UL = 1UL then 1.0 else -1.0
    |]

/// The numbers of a sentence.
[<CompiledName("OfSentence")>]
let ofSentence (sentence: string) : float[] =
    let features = features sentence
    let size = features |> List.sumBy (fun (weight, _) -> weight * weight) |> sqrt

    features
    |> List.map (fun (weight, feature) -> signs feature |> Array.map (fun s -> weight * s))
    |> List.fold (Array.map2 (+)) (Array.zeroCreate Width)
    |> Array.map (fun sum -> if size > 0.0 then sum / size else 0.0)

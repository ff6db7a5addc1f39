/// Streams of Gym's seeds (golden kind "mtenv/seeding"): each part starts a generator anew.
module internal MtrlFunctional.Verification.GymStreams

open MtrlFunctional.Randomness
open MtrlFunctional.Storage

/// All comparisons of a file: "seed5/uniform" and the like.
let verify (file: SafetensorsFile) : Check list = [
    for name in file.Names do
        match name.Split '/' with
        | [| seed; part |] when seed.StartsWith "seed" ->
            let words = GymSeed.words (int64 (seed.Substring 4))
            let recorded = file.ReadDoubles name
            let generator = Mt19937.OfWords words

            let drawn =
                match part with
                | "words" -> words |> Array.map float
                | "uniform" -> Array.init recorded.Length (fun _ -> generator.Uniform())
                | "normal" -> Array.init recorded.Length (fun _ -> generator.Normal())
                | _ -> Array.init recorded.Length (fun _ -> float (generator.Below 10u))

            Check.absolute file.Path 0.0 name recorded drawn
        | _ -> ()
]

module MtrlFunctional.Tests.Tasks.TrigonometryProps

open Expecto
open System
open FsCheck
open MtrlFunctional.Tasks

let ``sine and cosine`` = [
    let angle (x: NormalFloat) = Math.IEEERemainder(x.Get, 1000.0)

    testLaw 1000 [] "are those of the mathematical library but for the last bits" (fun x ->
        let x = angle x

        abs (Trigonometry.sin x - Math.Sin x) < 1e-15
        && abs (Trigonometry.cos x - Math.Cos x) < 1e-15)

    testProperty "turn over with the angle" (fun x ->
        let x = angle x

        Trigonometry.sin -x = -(Trigonometry.sin x)
        && Trigonometry.cos -x = Trigonometry.cos x)

    // NumPy 1.24.2 on a processor with AVX-512; the C library differs in the last bit for
    // each of these.
    testTheory "sine has NumPy's last bit" [
        4.270041, -0.9037490726776564
        4.311171, -0.920586007031829
        0.214558, 0.21291558390840018
    ]
    <| fun (x, y) ->
        Trigonometry.sin x |> equals y
        Math.Sin x |> differsFrom y

    testTheory "cosine has NumPy's last bit" [
        0.214558, 0.9770705983340944
        -2.998781, -0.9898197358081952
        -6.24497, 0.99926988401078
    ]
    <| fun (x, y) ->
        Trigonometry.cos x |> equals y
        Math.Cos x |> differsFrom y
]

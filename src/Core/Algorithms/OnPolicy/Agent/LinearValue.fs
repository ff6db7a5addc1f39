/// A value function that is linear in features of observation and time, fitted by least squares for
/// each task. Source: Duan et al. 2016, arXiv:1604.06778, as garage's LinearFeatureBaseline codes it.
module internal MtrlFunctional.Algorithms.LinearValue

open MtrlFunctional.Tensors

/// o, o², t/100, (t/100)², (t/100)³ and 1 of limited observations [tasks; rows; obs] at steps
/// [tasks; rows].
let features (obs: Tensor) (step: Tensor) =
    let obs = Tensor.clamp -10.0 10.0 obs
    let time = Tensor.unsqueeze 2 (0.01 *. step)
    let squared = Tensor.square time

    Tensor.cat 2 [|
        obs
        Tensor.square obs
        time
        squared
        squared .* time
        Tensor.fullLike 1.0 time
    |]

/// [tasks; rows], for coefficients [tasks; features; 1].
let value (coefficients: Tensor) features =
    Tensor.squeeze 2 (Tensor.bmm features coefficients)

/// x of A x = b for a symmetric positive definite A [n, n], by Cholesky; none if A is not positive definite.
let private solved (a: float[]) (b: float[]) : float[] option =
    let n = b.Length
    let l = Array.zeroCreate (n * n)
    let mutable positive = true

    for i in 0 .. n - 1 do
        for j in 0..i do
            let mutable sum = a[i * n + j]

            for k in 0 .. j - 1 do
                sum <- sum - l[i * n + k] * l[j * n + k]

            if i = j then
                positive <- positive && sum > 0.0
                l[i * n + i] <- sqrt sum
            else
                l[i * n + j] <- sum / l[j * n + j]

    let x = Array.copy b

    for i in 0 .. n - 1 do
        for k in 0 .. i - 1 do
            x[i] <- x[i] - l[i * n + k] * x[k]

        x[i] <- x[i] / l[i * n + i]

    for i in n - 1 .. -1 .. 0 do
        for k in i + 1 .. n - 1 do
            x[i] <- x[i] - l[k * n + i] * x[k]

        x[i] <- x[i] / l[i * n + i]

    if positive then Some x else None

/// The least squares of one task, with a ridge that grows until they have a solution; else zeros.
let private fitted ridge (gram: float[]) (moments: float[]) =
    let n = moments.Length

    let ridged r =
        Array.init gram.Length (fun i -> if i / n = i % n then gram[i] + r else gram[i])

    [ for k in 0..4 -> ridge * 10.0 ** float k ]
    |> Seq.tryPick (fun r -> solved (ridged r) moments)
    |> Option.defaultValue (Array.zeroCreate n)

/// Coefficients [tasks; features; 1] that fit targets [tasks; rows] where `isRow` [tasks; rows] is 1 and not 0: the ridge
/// stands beside sums over rows. Sums are taken in double precision.
let fit ridge (features: Tensor) (isRow: Tensor) (target: Tensor) =
    let double x = Tensor.toType ScalarType.Float64 x
    let x, w = double features, Tensor.unsqueeze 2 (double isRow)
    let turned = Tensor.transpose 1 2 x
    let gram = Tensor.toDoubles (Tensor.bmm turned (w .* x))

    let moments =
        Tensor.toDoubles (Tensor.bmm turned (w .* Tensor.unsqueeze 2 (double target)))

    let tasks, n = Tensor.size 0 features, int (Tensor.size 2 features)

    let coefficients =
        Array.concat [|
            for task in 0 .. int tasks - 1 ->
                let part (numbers: float[]) size = Array.sub numbers (task * size) size

                fitted ridge (part gram (n * n)) (part moments n)
        |]

    TensorOptions.fromDoubles (TensorOptions.ofTensor features) coefficients [|
        tasks
        int64 n
        1L
    |]

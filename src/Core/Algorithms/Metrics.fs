namespace MtrlFunctional.Algorithms

open MtrlFunctional.Tensors

/// A measured number, still on its device.
[<Struct>]
type Metric = {
    /// As in the log: "critic_loss".
    Name: string
    /// A scalar.
    Value: Tensor
}

/// The metrics of an update.
type Metrics = Metric list

/// A measured number, read.
[<Struct>]
type internal Reading = { Metric: string; Number: float }

/// Numbers leave their device together: reading waits for everything before it.
module Metrics =
    let owns (metrics: Metrics) = metrics |> Seq.map _.Value

    /// The metrics with another value of this name.
    let internal withValue name value (metrics: Metrics) : Metrics =
        metrics
        |> List.map (fun m -> if m.Name = name then { m with Value = value } else m)

    /// The means over several measurements of the same metrics.
    let means (measured: Metrics list) : Metrics =
        let count = float measured.Length

        List.concat measured
        |> List.groupBy _.Name
        |> List.map (fun (name, each) -> {
            Name = name
            Value = 1.0 / count *. (each |> List.map _.Value |> List.reduce (.+))
        })

    /// The numbers of the metrics, all in one transfer.
    [<CompiledName("Read")>]
    let internal read (metrics: Metrics) : Reading[] =
        let numbers =
            Tensors.scope (fun _ -> Seq.empty) (fun () ->
                match metrics with
                | [] -> [||]
                | _ -> Tensor.toDoubles (Tensor.stack 0 [| for m in metrics -> m.Value |]))

        [|
            for i, metric in List.indexed metrics -> { Metric = metric.Name; Number = numbers[i] }
        |]

    /// Losses above it stop training; in mtrl, critics' losses.
    let internal largestLoss = 1e8

    /// The first loss that is NaN, infinite, or above `largestLoss`.
    let internal diverged (readings: Reading[]) =
        readings
        |> Array.tryFind (fun r ->
            r.Metric.EndsWith "loss"
            && not (r.Number <= largestLoss && r.Number > System.Double.NegativeInfinity))

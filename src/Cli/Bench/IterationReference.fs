/// Reference of `mtrl bench iteration`: iterations of garage's MT-PPO and MT-TRPO examples in plain
/// PyTorch.
module MtrlFunctional.Cli.Bench.IterationReference

/// Physics steps per second of Meta-World's package on one core: the upper end of the measured
/// 4,000 to 7,000.
[<Literal>]
let PhysicsStepsPerSecond = 7_000.0

/// Wall-clock seconds, minima over all rounds.
type Parts = {
    /// The policy at one observation.
    Acting: float
    /// By algorithm: "ppo", "trpo".
    Update: Map<string, float>
}

/// Measures each part `rounds` times with one thread and each setting; or why it cannot.
let measure rounds : Result<Parts, string> =
    let least workers (work: string) =
        let times = [
            for _ in 1..rounds do
                for worker in workers do
                    yield! PythonReference.run $"{work} 1" worker |> List.map fst
        ]

        Sample.least times / 1000.0

    PythonReference.find "on_policy_iteration.py"
    |> Result.bind (fun found ->
        match PythonReference.settings 1 |> List.choose (PythonReference.launch found) with
        | [] -> Error "benchmarks/compare/on_policy_iteration.py did not start"
        | workers ->
            try
                Ok {
                    Acting = least workers "act"
                    Update = Map [ for work in [ "ppo"; "trpo" ] -> work, least workers work ]
                }
            finally
                workers |> List.iter PythonReference.stop)

/// Seconds of an iteration of `steps` steps: samplers on all cores evaluate the policy and step the
/// physics, without other cost; then the update. A lower bound.
let iteration steps threads algorithm parts =
    let step = parts.Acting + 1.0 / PhysicsStepsPerSecond
    float steps / float threads * step + parts.Update[algorithm]

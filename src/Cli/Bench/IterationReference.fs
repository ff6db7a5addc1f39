/// Iterations of MT-PPO and MT-TRPO as garage's examples make them, in plain PyTorch: what
/// `mtrl bench iteration` compares with.
module MtrlFunctional.Cli.Bench.IterationReference

/// How often Meta-World's package steps its physics in a second on one core, at its best: four to
/// seven thousand were measured.
[<Literal>]
let PhysicsStepsPerSecond = 7_000.0

/// Seconds of the clock, the least of all turns.
type Parts = {
    /// The policy at one observation, as each sampler asks it at each step.
    Acting: float
    /// By algorithm: "ppo", "trpo".
    Update: Map<string, float>
}

/// Measures each part `rounds` times with one thread, under each of the settings; or says why not.
let measure rounds : Result<Parts, string> =
    let least peers (work: string) =
        let times = [
            for _ in 1..rounds do
                for peer in peers do
                    yield! PythonReference.run $"{work} 1" peer |> List.map fst
        ]

        Sample.least times / 1000.0

    PythonReference.find "on_policy_iteration.py"
    |> Result.bind (fun found ->
        match PythonReference.settings 1 |> List.choose (PythonReference.launch found) with
        | [] -> Error "benchmarks/compare/on_policy_iteration.py did not start"
        | peers ->
            try
                Ok {
                    Acting = least peers "act"
                    Update = Map [ for work in [ "ppo"; "trpo" ] -> work, least peers work ]
                }
            finally
                peers |> List.iter PythonReference.stop)

/// Seconds of an iteration of that many steps: a sampler on each core asks the policy and steps the
/// physics, and nothing else takes it any time; then comes the update.
let iteration steps threads algorithm parts =
    let step = parts.Acting + 1.0 / PhysicsStepsPerSecond
    float steps / float threads * step + parts.Update[algorithm]

/**
 * A small file of serving points, made up, for tests: four rows in three groups.
 */

/** The columns, as aiconfigurator names them. */
export const SILICON_HEADER =
  "system,model_path,backend,backend_version,precision,gemm_quant_mode,tp_size,isl,osl," +
  "concurrency,silicon_ttft_ms,silicon_tpot_ms";

/** An exact client of one, one of four, one that draws lengths, and another model. */
export const SILICON_ROWS = [
  "h100_sxm,meta-llama/Llama-3.1-8B-Instruct,trtllm,1.0.0rc3,,,1,1024,64,1,40,8",
  "h100_sxm,meta-llama/Llama-3.1-8B-Instruct,trtllm,1.0.0rc3,,,1,1024,64,4,90,8.5",
  "h100_sxm,meta-llama/Llama-3.1-70B,vllm,,fp8,fp8,4,512,100,2,80,12",
  "h100_sxm,Qwen/Qwen3-32B,vllm,0.12.0,,,4,300,20,2,70,11",
] as const;

/** The file. */
export const SILICON_CSV = `${[SILICON_HEADER, ...SILICON_ROWS].join("\n")}\n`;

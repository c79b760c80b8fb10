# The playground as a container; docs/hosting.md says how it is run, and why it is as it is.
FROM python:3.12-slim AS installed
WORKDIR /srv
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.txt .
# Among the wheels of this page, which have no CUDA, other machines than x86_64 find theirs.
RUN pip install --find-links https://download.pytorch.org/whl/cpu/torch/ -r requirements.txt \
    # For compiling extensions of torch, which nobody does here.
    && rm -rf /opt/venv/lib/python3*/site-packages/torch/include

FROM python:3.12-slim
WORKDIR /srv
COPY --from=installed /opt/venv /opt/venv
COPY app.py .
COPY .streamlit .streamlit
COPY playground playground
# Nothing is written where it runs: the bytecode is made here.
RUN /opt/venv/bin/python -m compileall -q playground app.py \
    && useradd --system --uid 10001 --no-create-home playground
# One thread of torch: sessions share the processor (playground/labs/warm_up.py). Two arenas: with one for each of
# Streamlit's threads, memory that one person's thread has freed serves nobody else.
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    OMP_NUM_THREADS=1 \
    MALLOC_ARENA_MAX=2 \
    STREAMLIT_SERVER_HEADLESS=true \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501
USER 10001
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["streamlit", "run", "app.py"]

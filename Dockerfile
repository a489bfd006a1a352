# One image for the web server, the workers, the clock and the migrations: docker-compose.yml says which is which.
FROM python:3.13-slim

# The launcher installs into the image's own Python; bytecode is written once, here, instead of at every start.
ENV HM_SYSTEM=1 UV_COMPILE_BYTECODE=1 PYTHONUNBUFFERED=1 HM_DATA_DIR=/data HM_STATIC_ROOT=/app/collected

WORKDIR /app
RUN useradd --system --home-dir /app hybridmkt && mkdir /data && chown hybridmkt /data

# Packages change less often than code: they get a layer of their own.
COPY run manage.py requirements.lock ./
RUN ./run manage version

COPY . .
# Production's mode, so that words and files lie where production looks; it refuses to start without these four, and
# none of them is kept.
RUN export DATABASE_URL=postgres://build/build REDIS_URL=redis://build ALLOWED_HOSTS=build \
       SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
    && ./run manage messages \
    && ./run manage collectstatic --noinput

USER hybridmkt
VOLUME /data
EXPOSE 8321
CMD ["./run", "manage", "web"]
